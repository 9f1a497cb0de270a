"""Lineage of a load for OpenLineage (https://openlineage.io/spec): names of streams, tables and columns, never a value."""

from __future__ import annotations

from airflow.providers.openlineage.extractors import OperatorLineage
from openlineage.client.event_v2 import Dataset, InputDataset, OutputDataset
from openlineage.client.facet_v2 import RunFacet
from openlineage.client.facet_v2 import column_lineage_dataset as columns
from openlineage.client.facet_v2 import schema_dataset as schema

from mappings.source import Source

CORE = "guiyi://warehouse"


def lineage_of(source: Source) -> OperatorLineage[Dataset, RunFacet]:
    """Give what a load of this source reads (its streams) and writes (tables of the core), column by column."""
    origin = f"guiyi://source/{source.source}"
    read: list[Dataset] = []
    written: dict[str, dict[str, list[columns.InputField]]] = {}
    for stream in source.streams:
        fields = [schema.SchemaDatasetFacetFields(name=name) for name in (*stream.used, *stream.ignore)]
        read.append(InputDataset(namespace=origin, name=stream.stream, facets={"schema": schema.SchemaDatasetFacet(fields=fields)}))
        for record in stream.records:
            table = written.setdefault(record.entity, {})
            for name, mapped in record.fields.items():
                table.setdefault(name, []).extend(columns.InputField(namespace=origin, name=stream.stream, field=column) for column in mapped.columns)
    outputs: list[Dataset] = [
        OutputDataset(namespace=CORE, name=f"core.{entity}", facets={"columnLineage": _column_lineage(table)}) for entity, table in written.items()
    ]
    return OperatorLineage(inputs=read, outputs=outputs)


def _column_lineage(table: dict[str, list[columns.InputField]]) -> columns.ColumnLineageDatasetFacet:
    return columns.ColumnLineageDatasetFacet(fields={name: columns.Fields(inputFields=inputs) for name, inputs in table.items() if inputs})
