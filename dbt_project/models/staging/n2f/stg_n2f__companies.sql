-- Grain: one row per N2F company of the snapshot; one seen twice while the list moved counts once, as seen last.
{%- set keys = ['uuid', 'code', 'name'] %}

with documents as (

    select companies.*
    from {{ source('n2f_raw', 'companies') }} as companies
    inner join {{ ref('snapshot_in_use') }} as snapshot_in_use on companies.snapshot_id = snapshot_in_use.snapshot_id

),

fields as (

    select
        {{ json_text('document', 'uuid', keys) }} as company_uuid,
        {{ trimmed(json_text('document', 'code', keys)) }} as company_code,
        {{ trimmed(json_text('document', 'name', keys)) }} as company_name,
        page,
        position
    from documents
    {{ json_members('documents.document', keys) }}

),

ranked as (

    select
        *,
        row_number() over (partition by company_uuid order by page desc, position desc) as last_first
    from fields
    where company_uuid <> ''

),

final as (

    select
        company_uuid,
        company_code,
        company_name
    from ranked
    where last_first = 1

)

select * from final
