{#-
What is described already, of the tables and views of some schemas: schema_name, relation_name, kind (table or view),
column_name ('' for the relation's own description), description ('' for none), and is_described (an empty description is one).
-#}
{% macro present_descriptions(schemas) -%} {{ return(adapter.dispatch('present_descriptions', 'n2f_sync')(schemas)) }} {%- endmacro %}
{% macro default__present_descriptions(schemas) -%} {{ not_dispatched('present_descriptions') }} {%- endmacro %}
{% macro duckdb__present_descriptions(schemas) -%}
    with relations as (
        select schema_name, table_name as relation_name, 'table' as kind, comment from duckdb_tables()
        where database_name = current_database() and schema_name in ('{{ schemas | join("', '") }}')
        union all
        select schema_name, view_name, 'view', comment from duckdb_views()
        where database_name = current_database() and schema_name in ('{{ schemas | join("', '") }}')
    )

    select schema_name, relation_name, kind, '' as column_name, coalesce(comment, '') as description, comment is not null as is_described
    from relations
    union all
    select
        relations.schema_name, relations.relation_name, relations.kind, columns.column_name, coalesce(columns.comment, ''),
        columns.comment is not null
    from relations
    inner join duckdb_columns() as columns
        on
            columns.database_name = current_database()
            and relations.schema_name = columns.schema_name
            and relations.relation_name = columns.table_name
{%- endmacro %}
{% macro sqlserver__present_descriptions(schemas) -%}
    select
        schemas.name as schema_name,
        objects.name as relation_name,
        case objects.type when 'V' then 'view' else 'table' end as kind,
        coalesce(columns.name, '') as column_name,
        coalesce(cast(properties.value as nvarchar(3750)), '') as description,
        case when properties.major_id is null then 0 else 1 end as is_described
    from sys.objects as objects
    inner join sys.schemas as schemas on objects.schema_id = schemas.schema_id
    cross apply (
        select 0 as column_id, cast(null as nvarchar(128)) as name
        union all
        select columns.column_id, columns.name from sys.columns as columns where columns.object_id = objects.object_id
    ) as columns
    left join sys.extended_properties as properties
        on
            properties.class = 1
            and properties.major_id = objects.object_id
            and properties.minor_id = columns.column_id
            and properties.name = N'MS_Description'
    where objects.type in ('U', 'V') and schemas.name in (N'{{ schemas | join("', N'") }}')
{%- endmacro %}

{#-
Writes descriptions: a list of {schema, relation, kind, column ('' for the relation itself), text, is_new}, as one batch.
-#}
{% macro set_descriptions(descriptions) -%} {{ return(adapter.dispatch('set_descriptions', 'n2f_sync')(descriptions)) }} {%- endmacro %}
{% macro default__set_descriptions(descriptions) -%} {{ not_dispatched('set_descriptions') }} {%- endmacro %}
{% macro duckdb__set_descriptions(descriptions) -%}
    begin transaction;
    {%- for item in descriptions %}
    comment on {{ 'column' if item.column else item.kind }} "{{ item.schema }}"."{{ item.relation }}"
    {%- if item.column %}."{{ item.column }}"{% endif %} is '{{ item.text | replace("'", "''") }}';
    {%- endfor %}
    commit
{%- endmacro %}
{#- A property that is there is updated, one that is not is added: each procedure fails in the other's place. -#}
{% macro sqlserver__set_descriptions(descriptions) -%}
    {%- for item in descriptions %}
    exec sys.{{ 'sp_addextendedproperty' if item.is_new else 'sp_updateextendedproperty' }} N'MS_Description', N'{{ item.text | replace("'", "''") }}', N'SCHEMA', N'{{ item.schema }}', N'{{ item.kind | upper }}', N'{{ item.relation }}'
    {%- if item.column %}, N'COLUMN', N'{{ item.column }}'{% endif %};
    {%- endfor %}
{%- endmacro %}
