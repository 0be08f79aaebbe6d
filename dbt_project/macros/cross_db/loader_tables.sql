{#-
A table with its columns, [name, type, is required], where it is missing; what exists is left as it is.
`index` is by what its rows are found: {'columns': [...], 'is_unique': true or false}. SQL Server keeps the rows in this
order; DuckDB has no use for it, since it scans such tables faster than it keeps an index.
-#}
{% macro create_table_if_missing(table, columns, index=none) -%} {{ return(adapter.dispatch('create_table_if_missing', 'n2f_sync')(table, columns, index)) }} {%- endmacro %}
{% macro default__create_table_if_missing(table, columns, index) -%} {{ not_dispatched('create_table_if_missing') }} {%- endmacro %}
{% macro duckdb__create_table_if_missing(table, columns, index) -%}
    {%- set relation = loader_relation(table) -%}
    {#- Committed by itself: dbt commits no transaction that a hook leaves open. -#}
    {%- call statement('create_' ~ table | replace('.', '_'), auto_begin=False) -%}
        create table if not exists {{ relation }} (
            {%- for name, type, is_required in columns %}
            {{ name }} {{ type }}{{ ' not null' if is_required }}{{ ',' if not loop.last }}
            {%- endfor %}
        )
    {%- endcall -%}
{%- endmacro %}
{% macro sqlserver__create_table_if_missing(table, columns, index) -%}
    {%- set relation = loader_relation(table) -%}
    {%- call statement('create_' ~ table | replace('.', '_'), auto_begin=False) -%}
        if object_id(N'{{ relation }}', N'U') is null
        begin
            create table {{ relation }} (
                {%- for name, type, is_required in columns %}
                [{{ name }}] {{ type }} {{ 'not null' if is_required else 'null' }}{{ ',' if not loop.last }}
                {%- endfor %}
            );
            {%- if index %}
            create {{ 'unique ' if index.is_unique }}clustered index [ix_{{ relation.identifier }}] on {{ relation }} ([{{ index.columns | join('], [') }}]);
            {%- endif %}
        end
    {%- endcall -%}
{%- endmacro %}

{#- A column that may be NULL, as the last one of a table that lacks it. Metadata alone: no row is rewritten. -#}
{% macro add_column_if_missing(table, name, type) -%} {{ return(adapter.dispatch('add_column_if_missing', 'n2f_sync')(table, name, type)) }} {%- endmacro %}
{% macro default__add_column_if_missing(table, name, type) -%} {{ not_dispatched('add_column_if_missing') }} {%- endmacro %}
{% macro duckdb__add_column_if_missing(table, name, type) -%}
    {%- call statement('add_' ~ table | replace('.', '_') ~ '_' ~ name, auto_begin=False) -%}
        alter table {{ loader_relation(table) }} add column if not exists {{ name }} {{ type }}
    {%- endcall -%}
{%- endmacro %}
{% macro sqlserver__add_column_if_missing(table, name, type) -%}
    {%- set relation = loader_relation(table) -%}
    {%- call statement('add_' ~ table | replace('.', '_') ~ '_' ~ name, auto_begin=False) -%}
        if col_length(N'{{ relation }}', N'{{ name }}') is null
            alter table {{ relation }} add [{{ name }}] {{ type }} null
    {%- endcall -%}
{%- endmacro %}

{#- An index on a table that dbt has just made, for its post_hook: where an engine walks through it row by row. -#}
{% macro index_on(relation, columns) -%} {{ return(adapter.dispatch('index_on', 'n2f_sync')(relation, columns)) }} {%- endmacro %}
{% macro default__index_on(relation, columns) -%} {{ not_dispatched('index_on') }} {%- endmacro %}
{% macro duckdb__index_on(relation, columns) -%} {{ return('') }} {%- endmacro %}
{% macro sqlserver__index_on(relation, columns) -%}
    create index [ix_{{ columns | join('_') }}] on {{ relation }} ([{{ columns | join('], [') }}])
{%- endmacro %}

{% macro loader_relation(table) -%}
    {%- do return(api.Relation.create(
        database=target.database, schema=table.split('.')[0], identifier=table.split('.')[1]
    )) -%}
{%- endmacro %}

{#- On SQL Server the two views are Agresso's own; on the embedded engine they are tables that somebody fills. -#}
{% macro create_agresso_tables_if_missing() -%} {{ return(adapter.dispatch('create_agresso_tables_if_missing', 'n2f_sync')()) }} {%- endmacro %}
{% macro default__create_agresso_tables_if_missing() -%} {{ not_dispatched('create_agresso_tables_if_missing') }} {%- endmacro %}
{% macro sqlserver__create_agresso_tables_if_missing() -%} {{ return('') }} {%- endmacro %}
{% macro duckdb__create_agresso_tables_if_missing() -%}
    {%- do adapter.create_schema(api.Relation.create(database=target.database, schema='agresso')) -%}
    {%- for table, names in agresso_columns().items() -%}
        {%- set columns = [] -%}
        {%- for name in names -%}{%- do columns.append([name, type_text(), false]) -%}{%- endfor -%}
        {%- do create_table_if_missing('agresso.' ~ table, columns) -%}
    {%- endfor -%}
{%- endmacro %}

{#- The columns of Agresso's two views, as Agresso spells them. -#}
{% macro agresso_columns() -%}
    {%- do return({
        'iris_N2F_User': [
            'AdresseEmail', 'Prenom', 'Nom', 'Entreprise', 'Fonction', 'Role', 'Profil', 'Manager',
            'Compte_Auxiliaire_Agresso', 'Moyen_Paiement_Prof', 'Compte_Auxiliaire2', 'Matricule', 'Centre_Cout',
            'Creation_Vehicule', 'Appro_Veh_Adm', 'Deduction_Distance_TravDom', 'Distance_TravDom', 'Devise', 'langue',
            'Structure', 'Champs_Liaison_SSO', 'Droit_Relever_Plafond', 'Methode_SSO', 'Update_Champs_Perso',
            'Nouveau_Email', 'Action', 'CompanyID', 'LocationID', 'DivisionID',
        ],
        'iris_N2F_Analytics': ['typ', 'client', 'code', 'description', 'status', 'date_from', 'date_to'],
    }) -%}
{%- endmacro %}
