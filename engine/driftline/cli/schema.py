"""`driftline schema`: the JSON Schema of the language, for editors."""

from __future__ import annotations

import click


@click.command("schema", short_help="Print the JSON Schema of the configuration, for editors.")
@click.option("--scenario", is_flag=True, help="The schema of scenarios (`driftline test`) instead.")
@click.option("--plugins", type=click.Path(), help="A folder of files with further kinds. [env: DRIFTLINE_PLUGINS]")
def command(scenario: bool, plugins: str | None) -> None:
    """Print the JSON Schema of the whole language, with every installed kind of check and source.

    An editor reads it from the first line of a file:
    `# yaml-language-server: $schema=./monitors.schema.json`
    """
    from driftline import registry
    from driftline.schema.compose import compose
    from driftline.schema.publish import layout

    if scenario:
        from driftline.scenario.language import scenario_schema

        click.echo(layout(scenario_schema()))
        return
    click.echo(layout(compose(registry.load(plugins))))
