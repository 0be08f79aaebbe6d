-- Grain: one row per snapshot and N2F company that it holds; one seen twice while the list moved counts once, as seen
-- last. For reports of past runs, whose snapshots are no longer the one in use.
{%- set keys = ['uuid', 'code'] %}

with documents as (

    select * from {{ source('n2f_raw', 'companies') }}

),

fields as (

    select
        documents.snapshot_id,
        {{ json_text('documents.document', 'uuid', keys) }} as company_uuid,
        {{ trimmed(json_text('documents.document', 'code', keys)) }} as company_code,
        documents.page,
        documents.position
    from documents
    {{ json_members('documents.document', keys) }}

),

ranked as (

    select
        *,
        row_number() over (partition by snapshot_id, company_uuid order by page desc, position desc) as last_first
    from fields
    where company_uuid <> ''

),

final as (

    select
        snapshot_id,
        company_uuid,
        company_code
    from ranked
    where last_first = 1

)

select * from final
