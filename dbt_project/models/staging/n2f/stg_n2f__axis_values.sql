-- Grain: one row per company, axis and code as N2F spells it; one seen twice counts once, as seen last.
-- Names of the two cultures that are sent, and days as text, trimmed; has_* says whether the document carries the key.
{%- set keys = ['code', 'names', 'validityDateFrom', 'validityDateTo'] %}

with documents as (

    select * from {{ ref('stg_n2f__axis_value_documents') }}

),

parsed as (

    select
        company_uuid,
        axis,
        coalesce({{ json_text('document', 'code', keys) }}, '') as code_as_spelled,
        {{ trimmed(json_name('document', 'fr')) }} as name_fr,
        {{ trimmed(json_name('document', 'nl')) }} as name_nl,
        {{ day(trimmed(json_text('document', 'validityDateFrom', keys))) }} as valid_from,
        {{ day(trimmed(json_text('document', 'validityDateTo', keys))) }} as valid_to,
        {%- for key in keys[1:] %}
        {{ flag(json_has_key('document', key, keys)) }} as has_{{ key }},
        {%- endfor %}
        page,
        position
    from documents
    {{ json_members('documents.document', keys) }}

),

ranked as (

    select
        *,
        row_number() over (
            -- With its end marked: text that differs in trailing spaces alone is equal to some engines.
            partition by company_uuid, axis, concat(code_as_spelled, '|') order by page desc, position desc
        ) as last_first
    from parsed

),

final as (

    select
        company_uuid,
        axis,
        code_as_spelled,
        {{ trimmed('code_as_spelled') }} as code,
        name_fr,
        name_nl,
        valid_from,
        valid_to,
        has_names,
        has_validityDateFrom,
        has_validityDateTo,
        page,
        position
    from ranked
    where last_first = 1

)

select * from final
