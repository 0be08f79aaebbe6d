-- Grain: one row per company and custom axis of the snapshot; one seen twice counts once, as seen last.
{%- set keys = ['uuid'] %}

with documents as (

    select axes.*
    from {{ source('n2f_raw', 'axes') }} as axes
    inner join {{ ref('snapshot_in_use') }} as snapshot_in_use on axes.snapshot_id = snapshot_in_use.snapshot_id

),

parsed as (

    select
        company_uuid,
        {{ json_text('document', 'uuid', keys) }} as axis,
        lower({{ trimmed(json_name('document', 'fr')) }}) as french_name,
        page,
        position
    from documents
    {{ json_members('documents.document', keys) }}

),

ranked as (

    select
        *,
        row_number() over (partition by company_uuid, axis order by page desc, position desc) as last_first
    from parsed
    where axis <> ''

),

final as (

    select
        company_uuid,
        axis,
        french_name
    from ranked
    where last_first = 1

)

select * from final
