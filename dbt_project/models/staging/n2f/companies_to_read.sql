-- Grain: one row per snapshot and company of which the loader reads an axis, also of the snapshot in progress.
{%- set keys = ['uuid'] %}

with companies as (

    select * from {{ source('n2f_raw', 'companies') }}

),

scopes as (

    select * from {{ ref('run_scopes') }}

),

uuids as (

    select distinct
        companies.snapshot_id,
        {{ json_text('companies.document', 'uuid', keys) }} as company_uuid
    from companies
    {{ json_members('companies.document', keys) }}

),

readable as (

    select
        snapshot_id,
        company_uuid
    from uuids
    where
        company_uuid <> ''
        and exists (select 1 from scopes where scopes.resource = 'axis_values' and scopes.is_selected = 1)

)

select * from readable
