{% macro create_table_if_missing(table, columns) -%} {{ return(adapter.dispatch('create_table_if_missing', 'n2f_sync')(table, columns)) }} {%- endmacro %}
{% macro default__create_table_if_missing(table, columns) -%} {{ not_dispatched('create_table_if_missing') }} {%- endmacro %}
{% macro duckdb__create_table_if_missing(table, columns) -%}
    {%- set relation = api.Relation.create(
        database=target.database, schema=table.split('.')[0], identifier=table.split('.')[1]
    ) -%}
    {#- Committed by itself: dbt commits no transaction that a hook leaves open. -#}
    {%- call statement('create_' ~ table | replace('.', '_'), auto_begin=False) -%}
        create table if not exists {{ relation }} (
            {%- for name, type, is_required in columns %}
            {{ name }} {{ type }}{{ ' not null' if is_required }}{{ ',' if not loop.last }}
            {%- endfor %}
        )
    {%- endcall -%}
{%- endmacro %}

{#- On SQL Server the two views are Agresso's own; on the embedded engine they are tables that somebody fills. -#}
{% macro create_agresso_tables_if_missing() -%} {{ return(adapter.dispatch('create_agresso_tables_if_missing', 'n2f_sync')()) }} {%- endmacro %}
{% macro default__create_agresso_tables_if_missing() -%} {{ not_dispatched('create_agresso_tables_if_missing') }} {%- endmacro %}
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
