BEGIN TRANSACTION;
CREATE TABLE driftline_alert_states (
	series VARCHAR(32) NOT NULL, 
	identity TEXT NOT NULL, 
	environment TEXT NOT NULL, 
	phase TEXT NOT NULL, 
	state TEXT NOT NULL, 
	PRIMARY KEY (series)
);
INSERT INTO "driftline_alert_states" VALUES('2a1f149c6f0c9513beed93fda855f51d','[null,"feature-drift","late_arrival","distance",[],null]','','firing','{"phase":"firing","severity":"critical","since":"2026-03-03T00:00:00+00:00","alert":"7e089ca3ab662f38","streak":0,"recent":[],"breached":"2026-03-04T00:00:00+00:00","last":"2026-03-04T00:00:00+00:00"}');
INSERT INTO "driftline_alert_states" VALUES('a850e62d4d781932ca40571c200a0b71','[null,"feature-drift","late_arrival","seats",[],null]','','inactive','{"phase":"inactive","severity":null,"since":null,"alert":null,"streak":0,"recent":[],"breached":null,"last":"2026-03-04T00:00:00+00:00"}');
CREATE TABLE driftline_leases (
	name TEXT NOT NULL, 
	holder TEXT NOT NULL, 
	expires DATETIME NOT NULL, 
	PRIMARY KEY (name)
);
CREATE TABLE driftline_marks (
	environment TEXT NOT NULL, 
	monitor TEXT NOT NULL, 
	subject TEXT NOT NULL, 
	at DATETIME NOT NULL, 
	PRIMARY KEY (environment, monitor, subject)
);
INSERT INTO "driftline_marks" VALUES('','feature-drift','late_arrival','2026-03-04 00:00:00.000000');
CREATE TABLE driftline_outbox (
	position INTEGER NOT NULL, 
	id VARCHAR(32) NOT NULL, 
	environment TEXT NOT NULL, 
	channel TEXT NOT NULL, 
	notice TEXT NOT NULL, 
	status TEXT NOT NULL, 
	created DATETIME NOT NULL, 
	attempts INTEGER NOT NULL, 
	last_error TEXT, 
	not_before DATETIME, 
	sent_at DATETIME, 
	PRIMARY KEY (position), 
	UNIQUE (id)
);
INSERT INTO "driftline_outbox" VALUES(1,'n-distance','','ops','{"id":"n-distance","channel":"ops","group":"all","title":"title","body":"body","markdown":"**body**","severity":"critical","at":"2026-03-04T00:00:00+00:00","alerts":["7e089ca3ab662f38"],"environment":null}','queued','2026-03-10 00:00:00.000000',0,NULL,NULL,NULL);
INSERT INTO "driftline_outbox" VALUES(2,'n-seats','','ops','{"id":"n-seats","channel":"ops","group":"all","title":"title","body":"body","markdown":"**body**","severity":"critical","at":"2026-03-04T00:00:00+00:00","alerts":["b39fb82bea386cfd"],"environment":null}','sent','2026-03-10 00:00:00.000000',1,NULL,NULL,'2026-03-10 00:00:00.000000');
CREATE TABLE driftline_resolutions (
	source TEXT NOT NULL, 
	"column" TEXT NOT NULL, 
	k INTEGER NOT NULL, 
	PRIMARY KEY (source, "column")
);
INSERT INTO "driftline_resolutions" VALUES('scored','distance',9);
CREATE TABLE driftline_results (
	series VARCHAR(32) NOT NULL, 
	at DATETIME NOT NULL, 
	name TEXT NOT NULL, 
	environment TEXT NOT NULL, 
	monitor TEXT NOT NULL, 
	subject TEXT NOT NULL, 
	model TEXT, 
	window_start DATETIME, 
	window_end DATETIME, 
	status TEXT NOT NULL, 
	value FLOAT, 
	result TEXT NOT NULL, 
	state TEXT NOT NULL, 
	PRIMARY KEY (series, at)
);
INSERT INTO "driftline_results" VALUES('2a1f149c6f0c9513beed93fda855f51d','2026-03-02 00:00:00.000000','feature-drift/late_arrival/distance','','feature-drift','late_arrival','late_arrival','2026-03-01 00:00:00.000000','2026-03-02 00:00:00.000000','ok',0.02,'{"series":[null,"feature-drift","late_arrival","distance",[],null],"start":"2026-03-01T00:00:00+00:00","end":"2026-03-02T00:00:00+00:00","status":"ok","check":"psi","metric":null,"model":"late_arrival","source":"scored","reason":"verdict ok on day 0","rows":28834,"labelled_rows":null,"baseline_rows":25001,"recovered":true,"limit":null,"unit":null,"baseline":"training","compare":"value","value":0.02,"baseline_value":null,"compared":0.02,"p_value":0.0003,"p_adjusted":0.002,"bound":1e-05}','{"phase":"inactive","severity":null,"since":null,"alert":null,"streak":0,"recent":[],"breached":null,"last":"2026-03-02T00:00:00+00:00"}');
INSERT INTO "driftline_results" VALUES('2a1f149c6f0c9513beed93fda855f51d','2026-03-03 00:00:00.000000','feature-drift/late_arrival/distance','','feature-drift','late_arrival','late_arrival','2026-03-02 00:00:00.000000','2026-03-03 00:00:00.000000','critical',0.31,'{"series":[null,"feature-drift","late_arrival","distance",[],null],"start":"2026-03-02T00:00:00+00:00","end":"2026-03-03T00:00:00+00:00","status":"critical","check":"psi","metric":null,"model":"late_arrival","source":"scored","reason":"verdict critical on day 1","rows":28834,"labelled_rows":null,"baseline_rows":25001,"recovered":true,"limit":"> 0.25","unit":null,"baseline":"training","compare":"value","value":0.31,"baseline_value":null,"compared":0.31,"p_value":0.0003,"p_adjusted":0.002,"bound":1e-05}','{"phase":"firing","severity":"critical","since":"2026-03-03T00:00:00+00:00","alert":"7e089ca3ab662f38","streak":0,"recent":[],"breached":"2026-03-03T00:00:00+00:00","last":"2026-03-03T00:00:00+00:00"}');
INSERT INTO "driftline_results" VALUES('2a1f149c6f0c9513beed93fda855f51d','2026-03-04 00:00:00.000000','feature-drift/late_arrival/distance','','feature-drift','late_arrival','late_arrival','2026-03-03 00:00:00.000000','2026-03-04 00:00:00.000000','critical',0.31,'{"series":[null,"feature-drift","late_arrival","distance",[],null],"start":"2026-03-03T00:00:00+00:00","end":"2026-03-04T00:00:00+00:00","status":"critical","check":"psi","metric":null,"model":"late_arrival","source":"scored","reason":"verdict critical on day 2","rows":28834,"labelled_rows":null,"baseline_rows":25001,"recovered":true,"limit":"> 0.25","unit":null,"baseline":"training","compare":"value","value":0.31,"baseline_value":null,"compared":0.31,"p_value":0.0003,"p_adjusted":0.002,"bound":1e-05}','{"phase":"firing","severity":"critical","since":"2026-03-03T00:00:00+00:00","alert":"7e089ca3ab662f38","streak":0,"recent":[],"breached":"2026-03-04T00:00:00+00:00","last":"2026-03-04T00:00:00+00:00"}');
INSERT INTO "driftline_results" VALUES('a850e62d4d781932ca40571c200a0b71','2026-03-02 00:00:00.000000','feature-drift/late_arrival/seats','','feature-drift','late_arrival','late_arrival','2026-03-01 00:00:00.000000','2026-03-02 00:00:00.000000','critical',0.31,'{"series":[null,"feature-drift","late_arrival","seats",[],null],"start":"2026-03-01T00:00:00+00:00","end":"2026-03-02T00:00:00+00:00","status":"critical","check":"psi","metric":null,"model":"late_arrival","source":"scored","reason":"verdict critical on day 0","rows":28834,"labelled_rows":null,"baseline_rows":25001,"recovered":true,"limit":"> 0.25","unit":null,"baseline":"training","compare":"value","value":0.31,"baseline_value":null,"compared":0.31,"p_value":0.0003,"p_adjusted":0.002,"bound":1e-05}','{"phase":"firing","severity":"critical","since":"2026-03-02T00:00:00+00:00","alert":"b39fb82bea386cfd","streak":0,"recent":[],"breached":"2026-03-02T00:00:00+00:00","last":"2026-03-02T00:00:00+00:00"}');
INSERT INTO "driftline_results" VALUES('a850e62d4d781932ca40571c200a0b71','2026-03-03 00:00:00.000000','feature-drift/late_arrival/seats','','feature-drift','late_arrival','late_arrival','2026-03-02 00:00:00.000000','2026-03-03 00:00:00.000000','ok',0.02,'{"series":[null,"feature-drift","late_arrival","seats",[],null],"start":"2026-03-02T00:00:00+00:00","end":"2026-03-03T00:00:00+00:00","status":"ok","check":"psi","metric":null,"model":"late_arrival","source":"scored","reason":"verdict ok on day 1","rows":28834,"labelled_rows":null,"baseline_rows":25001,"recovered":true,"limit":null,"unit":null,"baseline":"training","compare":"value","value":0.02,"baseline_value":null,"compared":0.02,"p_value":0.0003,"p_adjusted":0.002,"bound":1e-05}','{"phase":"inactive","severity":null,"since":null,"alert":null,"streak":0,"recent":[],"breached":null,"last":"2026-03-03T00:00:00+00:00"}');
INSERT INTO "driftline_results" VALUES('a850e62d4d781932ca40571c200a0b71','2026-03-04 00:00:00.000000','feature-drift/late_arrival/seats','','feature-drift','late_arrival','late_arrival','2026-03-03 00:00:00.000000','2026-03-04 00:00:00.000000','ok',0.02,'{"series":[null,"feature-drift","late_arrival","seats",[],null],"start":"2026-03-03T00:00:00+00:00","end":"2026-03-04T00:00:00+00:00","status":"ok","check":"psi","metric":null,"model":"late_arrival","source":"scored","reason":"verdict ok on day 2","rows":28834,"labelled_rows":null,"baseline_rows":25001,"recovered":true,"limit":null,"unit":null,"baseline":"training","compare":"value","value":0.02,"baseline_value":null,"compared":0.02,"p_value":0.0003,"p_adjusted":0.002,"bound":1e-05}','{"phase":"inactive","severity":null,"since":null,"alert":null,"streak":0,"recent":[],"breached":null,"last":"2026-03-04T00:00:00+00:00"}');
CREATE TABLE driftline_schema_version (
	version INTEGER NOT NULL, 
	PRIMARY KEY (version)
);
INSERT INTO "driftline_schema_version" VALUES(1);
CREATE TABLE driftline_told (
	environment TEXT NOT NULL, 
	channel TEXT NOT NULL, 
	series VARCHAR(32) NOT NULL, 
	identity TEXT NOT NULL, 
	alert VARCHAR(32) NOT NULL, 
	state TEXT NOT NULL, 
	severity TEXT NOT NULL, 
	at DATETIME NOT NULL, 
	PRIMARY KEY (channel, series)
);
INSERT INTO "driftline_told" VALUES('','ops','2a1f149c6f0c9513beed93fda855f51d','[null,"feature-drift","late_arrival","distance",[],null]','7e089ca3ab662f38','firing','critical','2026-03-03 00:00:00.000000');
INSERT INTO "driftline_told" VALUES('','ops','a850e62d4d781932ca40571c200a0b71','[null,"feature-drift","late_arrival","seats",[],null]','b39fb82bea386cfd','resolved','critical','2026-03-03 00:00:00.000000');
CREATE TABLE driftline_transitions (
	id VARCHAR(32) NOT NULL, 
	series VARCHAR(32) NOT NULL, 
	alert VARCHAR(32) NOT NULL, 
	name TEXT NOT NULL, 
	environment TEXT NOT NULL, 
	state TEXT NOT NULL, 
	severity TEXT NOT NULL, 
	at DATETIME NOT NULL, 
	superseded BOOLEAN NOT NULL, 
	transition TEXT NOT NULL, 
	PRIMARY KEY (id)
);
INSERT INTO "driftline_transitions" VALUES('3db135e9b4870c5c1381d79a','2a1f149c6f0c9513beed93fda855f51d','7e089ca3ab662f38','feature-drift/late_arrival/distance','','firing','critical','2026-03-03 00:00:00.000000',0,'{"alert":"7e089ca3ab662f38","state":"firing","severity":"critical","since":"2026-03-03T00:00:00+00:00","at":"2026-03-03T00:00:00+00:00","reason":"verdict critical on day 1","result":{"series":[null,"feature-drift","late_arrival","distance",[],null],"start":"2026-03-02T00:00:00+00:00","end":"2026-03-03T00:00:00+00:00","status":"critical","check":"psi","metric":null,"model":"late_arrival","source":"scored","reason":"verdict critical on day 1","rows":28834,"labelled_rows":null,"baseline_rows":25001,"recovered":true,"limit":"> 0.25","unit":null,"baseline":"training","compare":"value","value":0.31,"baseline_value":null,"compared":0.31,"p_value":0.0003,"p_adjusted":0.002,"bound":1e-05}}');
INSERT INTO "driftline_transitions" VALUES('884b147ca48cf11936e09e84','a850e62d4d781932ca40571c200a0b71','b39fb82bea386cfd','feature-drift/late_arrival/seats','','firing','critical','2026-03-02 00:00:00.000000',0,'{"alert":"b39fb82bea386cfd","state":"firing","severity":"critical","since":"2026-03-02T00:00:00+00:00","at":"2026-03-02T00:00:00+00:00","reason":"verdict critical on day 0","result":{"series":[null,"feature-drift","late_arrival","seats",[],null],"start":"2026-03-01T00:00:00+00:00","end":"2026-03-02T00:00:00+00:00","status":"critical","check":"psi","metric":null,"model":"late_arrival","source":"scored","reason":"verdict critical on day 0","rows":28834,"labelled_rows":null,"baseline_rows":25001,"recovered":true,"limit":"> 0.25","unit":null,"baseline":"training","compare":"value","value":0.31,"baseline_value":null,"compared":0.31,"p_value":0.0003,"p_adjusted":0.002,"bound":1e-05}}');
INSERT INTO "driftline_transitions" VALUES('38388a8cd14805e0c4b5043a','a850e62d4d781932ca40571c200a0b71','b39fb82bea386cfd','feature-drift/late_arrival/seats','','resolved','critical','2026-03-03 00:00:00.000000',0,'{"alert":"b39fb82bea386cfd","state":"resolved","severity":"critical","since":"2026-03-02T00:00:00+00:00","at":"2026-03-03T00:00:00+00:00","reason":"recovered: verdict ok on day 1","result":{"series":[null,"feature-drift","late_arrival","seats",[],null],"start":"2026-03-02T00:00:00+00:00","end":"2026-03-03T00:00:00+00:00","status":"ok","check":"psi","metric":null,"model":"late_arrival","source":"scored","reason":"verdict ok on day 1","rows":28834,"labelled_rows":null,"baseline_rows":25001,"recovered":true,"limit":null,"unit":null,"baseline":"training","compare":"value","value":0.02,"baseline_value":null,"compared":0.02,"p_value":0.0003,"p_adjusted":0.002,"bound":1e-05}}');
CREATE INDEX driftline_results_by_monitor ON driftline_results (environment, monitor, subject, at);
CREATE INDEX driftline_alert_states_by_environment ON driftline_alert_states (environment, phase);
CREATE INDEX driftline_transitions_by_alert ON driftline_transitions (alert);
CREATE INDEX driftline_transitions_by_series ON driftline_transitions (series, at);
CREATE INDEX driftline_outbox_by_status ON driftline_outbox (status, environment, channel);
CREATE INDEX driftline_told_by_environment ON driftline_told (environment);
COMMIT;
