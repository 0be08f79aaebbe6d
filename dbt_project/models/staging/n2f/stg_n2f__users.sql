-- Grain: one row per N2F user of the snapshot; one seen twice while the list moved counts once, as seen last.
-- Fields as N2F holds them, trimmed; has_* says whether the document carries the key at all.
{%- set fields = user_fields() %}
{%- set keys = ['uuid', 'mail'] + fields | map(attribute='name') | list %}

with documents as (

    select users.*
    from {{ source('n2f_raw', 'users') }} as users
    inner join {{ ref('snapshot_in_use') }} as snapshot_in_use on users.snapshot_id = snapshot_in_use.snapshot_id

),

parsed as (

    select
        {{ json_text('document', 'uuid', keys) }} as user_uuid,
        {{ json_text('document', 'mail', keys) }} as mail,
        {%- for field in fields %}
        {{ trimmed(json_text('document', field.name, keys)) }} as {{ field.name }},
        {{ flag(json_has_key('document', field.name, keys)) }} as has_{{ field.name }},
        {%- endfor %}
        {{ json_subset('document', keys[1:], keys) }} as fields_json,
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
            partition by coalesce(nullif(user_uuid, ''), concat('mail:', mail, '|'))
            order by page desc, position desc
        ) as last_first
    from parsed

),

final as (

    select
        user_uuid,
        mail as mail_as_spelled,
        lower({{ trimmed('mail') }}) as mail,
        {%- for field in fields %}
        {{ field.name }},
        has_{{ field.name }},
        {%- endfor %}
        fields_json
    from ranked
    where last_first = 1

)

select * from final
