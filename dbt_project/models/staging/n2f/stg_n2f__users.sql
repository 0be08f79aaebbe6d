-- Grain: one row per N2F user of the snapshot; one seen twice while the list moved counts once, as seen last.
-- Fields as N2F holds them, trimmed. A view: int_users_current keeps what comes of it, and a snapshot never changes.
{{ config(materialized='view') }}
{%- set fields = user_fields() | map(attribute='name') | list %}
{%- set keys = ['uuid', 'mail'] + fields %}

with documents as (

    select * from {{ ref('stg_n2f__user_documents') }}

),

parsed as (

    select
        {{ json_text('documents.document', 'uuid', keys) }} as user_uuid,
        {{ json_text('documents.document', 'mail', keys) }} as mail,
        {%- for field in fields %}
        {{ trimmed(json_text('documents.document', field, keys)) }} as {{ field }},
        {%- endfor %}
        documents.page,
        documents.position
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
        {{ field }},
        {%- endfor %}
        page,
        position
    from ranked
    where last_first = 1

)

select * from final
