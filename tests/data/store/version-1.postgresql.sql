SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;
SET default_tablespace = '';
SET default_table_access_method = heap;
CREATE TABLE public.driftline_alert_states (
    series character varying(32) NOT NULL,
    identity text NOT NULL,
    environment text NOT NULL,
    phase text NOT NULL,
    state text NOT NULL,
    owner text NOT NULL
);
CREATE TABLE public.driftline_leases (
    name text NOT NULL,
    holder text NOT NULL,
    expires timestamp without time zone NOT NULL
);
CREATE TABLE public.driftline_marks (
    environment text NOT NULL,
    monitor text NOT NULL,
    subject text NOT NULL,
    at timestamp without time zone NOT NULL
);
CREATE TABLE public.driftline_outbox (
    "position" bigint NOT NULL,
    id character varying(32) NOT NULL,
    environment text NOT NULL,
    channel text NOT NULL,
    notice text NOT NULL,
    status text NOT NULL,
    created timestamp without time zone NOT NULL,
    attempts integer NOT NULL,
    last_error text,
    not_before timestamp without time zone,
    sent_at timestamp without time zone
);
CREATE SEQUENCE public.driftline_outbox_position_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.driftline_outbox_position_seq OWNED BY public.driftline_outbox."position";
CREATE TABLE public.driftline_resolutions (
    source text NOT NULL,
    "column" text NOT NULL,
    k integer NOT NULL
);
CREATE TABLE public.driftline_results (
    series character varying(32) NOT NULL,
    at timestamp without time zone NOT NULL,
    name text NOT NULL,
    environment text NOT NULL,
    monitor text NOT NULL,
    subject text NOT NULL,
    model text,
    window_start timestamp without time zone,
    window_end timestamp without time zone,
    status text NOT NULL,
    value double precision,
    result text NOT NULL,
    state text NOT NULL
);
CREATE TABLE public.driftline_schema_version (
    version integer NOT NULL
);
CREATE SEQUENCE public.driftline_schema_version_version_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.driftline_schema_version_version_seq OWNED BY public.driftline_schema_version.version;
CREATE TABLE public.driftline_told (
    environment text NOT NULL,
    channel text NOT NULL,
    series character varying(32) NOT NULL,
    identity text NOT NULL,
    alert character varying(32) NOT NULL,
    state text NOT NULL,
    severity text NOT NULL,
    at timestamp without time zone NOT NULL
);
CREATE TABLE public.driftline_transitions (
    id character varying(32) NOT NULL,
    series character varying(32) NOT NULL,
    alert character varying(32) NOT NULL,
    name text NOT NULL,
    environment text NOT NULL,
    state text NOT NULL,
    severity text NOT NULL,
    at timestamp without time zone NOT NULL,
    superseded boolean NOT NULL,
    transition text NOT NULL
);
ALTER TABLE ONLY public.driftline_outbox ALTER COLUMN "position" SET DEFAULT nextval('public.driftline_outbox_position_seq'::regclass);
ALTER TABLE ONLY public.driftline_schema_version ALTER COLUMN version SET DEFAULT nextval('public.driftline_schema_version_version_seq'::regclass);
INSERT INTO public.driftline_alert_states VALUES ('2a1f149c6f0c9513beed93fda855f51d', '[null,"feature-drift","late_arrival","distance",[],null]', '', 'firing', '{"phase":"firing","severity":"critical","since":"2026-03-03T00:00:00+00:00","alert":"7e089ca3ab662f38","streak":0,"recent":[],"breached":"2026-03-04T00:00:00+00:00","last":"2026-03-04T00:00:00+00:00"}', '/srv/monitors.yaml');
INSERT INTO public.driftline_alert_states VALUES ('a850e62d4d781932ca40571c200a0b71', '[null,"feature-drift","late_arrival","seats",[],null]', '', 'inactive', '{"phase":"inactive","severity":null,"since":null,"alert":null,"streak":0,"recent":[],"breached":null,"last":"2026-03-04T00:00:00+00:00"}', '/srv/monitors.yaml');
INSERT INTO public.driftline_marks VALUES ('', 'feature-drift', 'late_arrival', '2026-03-04 00:00:00');
INSERT INTO public.driftline_outbox VALUES (1, 'n-distance', '', 'ops', '{"id":"n-distance","channel":"ops","group":"all","title":"title","body":"body","markdown":"**body**","severity":"critical","at":"2026-03-04T00:00:00+00:00","alerts":["7e089ca3ab662f38"],"environment":null,"owner":""}', 'queued', '2026-03-10 00:00:00', 0, NULL, NULL, NULL);
INSERT INTO public.driftline_outbox VALUES (2, 'n-seats', '', 'ops', '{"id":"n-seats","channel":"ops","group":"all","title":"title","body":"body","markdown":"**body**","severity":"critical","at":"2026-03-04T00:00:00+00:00","alerts":["b39fb82bea386cfd"],"environment":null,"owner":""}', 'sent', '2026-03-10 00:00:00', 1, NULL, NULL, '2026-03-10 00:00:00');
INSERT INTO public.driftline_resolutions VALUES ('scored', 'distance', 9);
INSERT INTO public.driftline_results VALUES ('2a1f149c6f0c9513beed93fda855f51d', '2026-03-02 00:00:00', 'feature-drift/late_arrival/distance', '', 'feature-drift', 'late_arrival', 'late_arrival', '2026-03-01 00:00:00', '2026-03-02 00:00:00', 'ok', 0.02, '{"series":[null,"feature-drift","late_arrival","distance",[],null],"start":"2026-03-01T00:00:00+00:00","end":"2026-03-02T00:00:00+00:00","status":"ok","check":"psi","metric":null,"model":"late_arrival","source":"scored","reason":"verdict ok on day 0","rows":28834,"labelled_rows":null,"baseline_rows":25001,"recovered":true,"limit":null,"unit":null,"baseline":"training","compare":"value","value":0.02,"baseline_value":null,"compared":0.02,"p_value":0.0003,"p_adjusted":0.002,"bound":1e-05,"margin":null}', '{"phase":"inactive","severity":null,"since":null,"alert":null,"streak":0,"recent":[],"breached":null,"last":"2026-03-02T00:00:00+00:00"}');
INSERT INTO public.driftline_results VALUES ('2a1f149c6f0c9513beed93fda855f51d', '2026-03-03 00:00:00', 'feature-drift/late_arrival/distance', '', 'feature-drift', 'late_arrival', 'late_arrival', '2026-03-02 00:00:00', '2026-03-03 00:00:00', 'critical', 0.31, '{"series":[null,"feature-drift","late_arrival","distance",[],null],"start":"2026-03-02T00:00:00+00:00","end":"2026-03-03T00:00:00+00:00","status":"critical","check":"psi","metric":null,"model":"late_arrival","source":"scored","reason":"verdict critical on day 1","rows":28834,"labelled_rows":null,"baseline_rows":25001,"recovered":true,"limit":"> 0.25","unit":null,"baseline":"training","compare":"value","value":0.31,"baseline_value":null,"compared":0.31,"p_value":0.0003,"p_adjusted":0.002,"bound":1e-05,"margin":null}', '{"phase":"firing","severity":"critical","since":"2026-03-03T00:00:00+00:00","alert":"7e089ca3ab662f38","streak":0,"recent":[],"breached":"2026-03-03T00:00:00+00:00","last":"2026-03-03T00:00:00+00:00"}');
INSERT INTO public.driftline_results VALUES ('2a1f149c6f0c9513beed93fda855f51d', '2026-03-04 00:00:00', 'feature-drift/late_arrival/distance', '', 'feature-drift', 'late_arrival', 'late_arrival', '2026-03-03 00:00:00', '2026-03-04 00:00:00', 'critical', 0.31, '{"series":[null,"feature-drift","late_arrival","distance",[],null],"start":"2026-03-03T00:00:00+00:00","end":"2026-03-04T00:00:00+00:00","status":"critical","check":"psi","metric":null,"model":"late_arrival","source":"scored","reason":"verdict critical on day 2","rows":28834,"labelled_rows":null,"baseline_rows":25001,"recovered":true,"limit":"> 0.25","unit":null,"baseline":"training","compare":"value","value":0.31,"baseline_value":null,"compared":0.31,"p_value":0.0003,"p_adjusted":0.002,"bound":1e-05,"margin":null}', '{"phase":"firing","severity":"critical","since":"2026-03-03T00:00:00+00:00","alert":"7e089ca3ab662f38","streak":0,"recent":[],"breached":"2026-03-04T00:00:00+00:00","last":"2026-03-04T00:00:00+00:00"}');
INSERT INTO public.driftline_results VALUES ('a850e62d4d781932ca40571c200a0b71', '2026-03-02 00:00:00', 'feature-drift/late_arrival/seats', '', 'feature-drift', 'late_arrival', 'late_arrival', '2026-03-01 00:00:00', '2026-03-02 00:00:00', 'critical', 0.31, '{"series":[null,"feature-drift","late_arrival","seats",[],null],"start":"2026-03-01T00:00:00+00:00","end":"2026-03-02T00:00:00+00:00","status":"critical","check":"psi","metric":null,"model":"late_arrival","source":"scored","reason":"verdict critical on day 0","rows":28834,"labelled_rows":null,"baseline_rows":25001,"recovered":true,"limit":"> 0.25","unit":null,"baseline":"training","compare":"value","value":0.31,"baseline_value":null,"compared":0.31,"p_value":0.0003,"p_adjusted":0.002,"bound":1e-05,"margin":null}', '{"phase":"firing","severity":"critical","since":"2026-03-02T00:00:00+00:00","alert":"b39fb82bea386cfd","streak":0,"recent":[],"breached":"2026-03-02T00:00:00+00:00","last":"2026-03-02T00:00:00+00:00"}');
INSERT INTO public.driftline_results VALUES ('a850e62d4d781932ca40571c200a0b71', '2026-03-03 00:00:00', 'feature-drift/late_arrival/seats', '', 'feature-drift', 'late_arrival', 'late_arrival', '2026-03-02 00:00:00', '2026-03-03 00:00:00', 'ok', 0.02, '{"series":[null,"feature-drift","late_arrival","seats",[],null],"start":"2026-03-02T00:00:00+00:00","end":"2026-03-03T00:00:00+00:00","status":"ok","check":"psi","metric":null,"model":"late_arrival","source":"scored","reason":"verdict ok on day 1","rows":28834,"labelled_rows":null,"baseline_rows":25001,"recovered":true,"limit":null,"unit":null,"baseline":"training","compare":"value","value":0.02,"baseline_value":null,"compared":0.02,"p_value":0.0003,"p_adjusted":0.002,"bound":1e-05,"margin":null}', '{"phase":"inactive","severity":null,"since":null,"alert":null,"streak":0,"recent":[],"breached":null,"last":"2026-03-03T00:00:00+00:00"}');
INSERT INTO public.driftline_results VALUES ('a850e62d4d781932ca40571c200a0b71', '2026-03-04 00:00:00', 'feature-drift/late_arrival/seats', '', 'feature-drift', 'late_arrival', 'late_arrival', '2026-03-03 00:00:00', '2026-03-04 00:00:00', 'ok', 0.02, '{"series":[null,"feature-drift","late_arrival","seats",[],null],"start":"2026-03-03T00:00:00+00:00","end":"2026-03-04T00:00:00+00:00","status":"ok","check":"psi","metric":null,"model":"late_arrival","source":"scored","reason":"verdict ok on day 2","rows":28834,"labelled_rows":null,"baseline_rows":25001,"recovered":true,"limit":null,"unit":null,"baseline":"training","compare":"value","value":0.02,"baseline_value":null,"compared":0.02,"p_value":0.0003,"p_adjusted":0.002,"bound":1e-05,"margin":null}', '{"phase":"inactive","severity":null,"since":null,"alert":null,"streak":0,"recent":[],"breached":null,"last":"2026-03-04T00:00:00+00:00"}');
INSERT INTO public.driftline_schema_version VALUES (1);
INSERT INTO public.driftline_told VALUES ('', 'ops', '2a1f149c6f0c9513beed93fda855f51d', '[null,"feature-drift","late_arrival","distance",[],null]', '7e089ca3ab662f38', 'firing', 'critical', '2026-03-03 00:00:00');
INSERT INTO public.driftline_told VALUES ('', 'ops', 'a850e62d4d781932ca40571c200a0b71', '[null,"feature-drift","late_arrival","seats",[],null]', 'b39fb82bea386cfd', 'resolved', 'critical', '2026-03-03 00:00:00');
INSERT INTO public.driftline_transitions VALUES ('3db135e9b4870c5c1381d79a', '2a1f149c6f0c9513beed93fda855f51d', '7e089ca3ab662f38', 'feature-drift/late_arrival/distance', '', 'firing', 'critical', '2026-03-03 00:00:00', false, '{"alert":"7e089ca3ab662f38","state":"firing","severity":"critical","since":"2026-03-03T00:00:00+00:00","at":"2026-03-03T00:00:00+00:00","reason":"verdict critical on day 1","result":{"series":[null,"feature-drift","late_arrival","distance",[],null],"start":"2026-03-02T00:00:00+00:00","end":"2026-03-03T00:00:00+00:00","status":"critical","check":"psi","metric":null,"model":"late_arrival","source":"scored","reason":"verdict critical on day 1","rows":28834,"labelled_rows":null,"baseline_rows":25001,"recovered":true,"limit":"> 0.25","unit":null,"baseline":"training","compare":"value","value":0.31,"baseline_value":null,"compared":0.31,"p_value":0.0003,"p_adjusted":0.002,"bound":1e-05,"margin":null}}');
INSERT INTO public.driftline_transitions VALUES ('884b147ca48cf11936e09e84', 'a850e62d4d781932ca40571c200a0b71', 'b39fb82bea386cfd', 'feature-drift/late_arrival/seats', '', 'firing', 'critical', '2026-03-02 00:00:00', false, '{"alert":"b39fb82bea386cfd","state":"firing","severity":"critical","since":"2026-03-02T00:00:00+00:00","at":"2026-03-02T00:00:00+00:00","reason":"verdict critical on day 0","result":{"series":[null,"feature-drift","late_arrival","seats",[],null],"start":"2026-03-01T00:00:00+00:00","end":"2026-03-02T00:00:00+00:00","status":"critical","check":"psi","metric":null,"model":"late_arrival","source":"scored","reason":"verdict critical on day 0","rows":28834,"labelled_rows":null,"baseline_rows":25001,"recovered":true,"limit":"> 0.25","unit":null,"baseline":"training","compare":"value","value":0.31,"baseline_value":null,"compared":0.31,"p_value":0.0003,"p_adjusted":0.002,"bound":1e-05,"margin":null}}');
INSERT INTO public.driftline_transitions VALUES ('38388a8cd14805e0c4b5043a', 'a850e62d4d781932ca40571c200a0b71', 'b39fb82bea386cfd', 'feature-drift/late_arrival/seats', '', 'resolved', 'critical', '2026-03-03 00:00:00', false, '{"alert":"b39fb82bea386cfd","state":"resolved","severity":"critical","since":"2026-03-02T00:00:00+00:00","at":"2026-03-03T00:00:00+00:00","reason":"recovered: verdict ok on day 1","result":{"series":[null,"feature-drift","late_arrival","seats",[],null],"start":"2026-03-02T00:00:00+00:00","end":"2026-03-03T00:00:00+00:00","status":"ok","check":"psi","metric":null,"model":"late_arrival","source":"scored","reason":"verdict ok on day 1","rows":28834,"labelled_rows":null,"baseline_rows":25001,"recovered":true,"limit":null,"unit":null,"baseline":"training","compare":"value","value":0.02,"baseline_value":null,"compared":0.02,"p_value":0.0003,"p_adjusted":0.002,"bound":1e-05,"margin":null}}');
SELECT pg_catalog.setval('public.driftline_outbox_position_seq', 2, true);
SELECT pg_catalog.setval('public.driftline_schema_version_version_seq', 1, false);
ALTER TABLE ONLY public.driftline_alert_states
    ADD CONSTRAINT driftline_alert_states_pkey PRIMARY KEY (series);
ALTER TABLE ONLY public.driftline_leases
    ADD CONSTRAINT driftline_leases_pkey PRIMARY KEY (name);
ALTER TABLE ONLY public.driftline_marks
    ADD CONSTRAINT driftline_marks_pkey PRIMARY KEY (environment, monitor, subject);
ALTER TABLE ONLY public.driftline_outbox
    ADD CONSTRAINT driftline_outbox_id_key UNIQUE (id);
ALTER TABLE ONLY public.driftline_outbox
    ADD CONSTRAINT driftline_outbox_pkey PRIMARY KEY ("position");
ALTER TABLE ONLY public.driftline_resolutions
    ADD CONSTRAINT driftline_resolutions_pkey PRIMARY KEY (source, "column");
ALTER TABLE ONLY public.driftline_results
    ADD CONSTRAINT driftline_results_pkey PRIMARY KEY (series, at);
ALTER TABLE ONLY public.driftline_schema_version
    ADD CONSTRAINT driftline_schema_version_pkey PRIMARY KEY (version);
ALTER TABLE ONLY public.driftline_told
    ADD CONSTRAINT driftline_told_pkey PRIMARY KEY (channel, series);
ALTER TABLE ONLY public.driftline_transitions
    ADD CONSTRAINT driftline_transitions_pkey PRIMARY KEY (id);
CREATE INDEX driftline_alert_states_by_environment ON public.driftline_alert_states USING btree (environment, phase);
CREATE INDEX driftline_outbox_by_status ON public.driftline_outbox USING btree (status, environment, channel);
CREATE INDEX driftline_results_by_monitor ON public.driftline_results USING btree (environment, monitor, subject, at);
CREATE INDEX driftline_told_by_environment ON public.driftline_told USING btree (environment);
CREATE INDEX driftline_transitions_by_alert ON public.driftline_transitions USING btree (alert);
CREATE INDEX driftline_transitions_by_series ON public.driftline_transitions USING btree (series, at);
