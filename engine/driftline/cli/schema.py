"""`driftline schema`: the JSON Schema of the language, for editors."""

from __future__ import annotations

import click


@click.command("schema", short_help="Print the JSON Schema of the configuration, for editors.")
@click.option("--plugins", type=click.Path(), help="A folder of files with further kinds. [env: DRIFTLINE_PLUGINS]")
def command(plugins: str | None) -> None:
    """Print the JSON Schema of the whole language, with every installed kind of check and source.

    An editor reads it from the first line of a file:
    `# yaml-language-server: $schema=./monitors.schema.json`
    """
    from driftline import registry
    from driftline.schema.compose import compose
    from driftline.schema.publish import layout

    click.echo(layout(compose(registry.load(plugins))))
