-- Grain: one row per change of the chosen scopes within the run's scoping, with the request that it is; what happens to
-- it is decided in push_changes, after the guards.
-- phase and rank are the order of the contract: axis values created and updated; users created, then updated, top of
-- the desired hierarchy first; users deleted, bottom of the current one first; axis values deleted.
-- A view: push_changes keeps it.
{{ config(materialized='view') }}
{%- set user_members = [] %}
{%- set value_keys = ['code', 'names', 'validityDateFrom', 'validityDateTo'] %}
{%- set user_keys = ['mail'] + user_fields() | map(attribute='name') | list %}
{%- for field in user_fields() %}
{%- set column = 'users.' ~ field.name ~ '_new' %}
{%- do user_members.append([field.name, json_boolean(column) if field.type == 'boolean' else json_string(column)]) %}
{%- endfor %}

with users as (

    select * from {{ ref('diff_users') }}

),

axis_values as (

    select * from {{ ref('diff_axis_values') }}

),

-- What N2F holds, as a document, is fetched for the changes alone: it is wide, and most entities have none.
user_documents as (

    select * from {{ ref('stg_n2f__user_documents') }}

),

axis_value_documents as (

    select * from {{ ref('stg_n2f__axis_value_documents') }}

),

desired_ranks as (

    select * from {{ ref('int_users_desired_ranked') }}

),

deleted_ranks as (

    select * from {{ ref('int_users_deleted_ranked') }}

),

without_effect as (

    select * from {{ ref('int_deletes_without_effect') }}

),

endpoints as (

    select * from {{ ref('endpoints') }}

),

scopes as (

    select * from {{ ref('run_scopes') }}
    where is_selected = 1

),

previous_users as (

    select
        users.mail,
        {{ json_subset('user_documents.document', user_keys, user_keys) }} as previous_json
    from users
    inner join user_documents
        on
            users.page = user_documents.page
            and users.position = user_documents.position
    {{ json_members('user_documents.document', user_keys) }}
    where users.action <> 'none'

),

previous_axis_values as (

    select
        axis_values.scope,
        axis_values.company_uuid,
        axis_values.code,
        {{ json_subset('axis_value_documents.document', value_keys, value_keys) }} as previous_json
    from axis_values
    inner join axis_value_documents
        on
            axis_values.company_uuid = axis_value_documents.company_uuid
            and axis_values.axis = axis_value_documents.axis
            and axis_values.page = axis_value_documents.page
            and axis_values.position = axis_value_documents.position
    {{ json_members('axis_value_documents.document', value_keys) }}
    where axis_values.action <> 'none'

),

user_changes as (

    select
        'users' {{ exact() }} as scope,
        users.action,
        users.mail as entity_key,
        case users.action when 'create' then 2 when 'update' then 3 else 4 end as phase,
        case
            when users.action = 'delete' then deleted_ranks.height
            else desired_ranks.level
        end as rank_in_phase,
        case
            when users.action = 'delete' then {{ json_object([['mail', json_string('users.mail_as_spelled')]]) }}
            else '{}'
        end as path_params_json,
        case
            when users.action <> 'delete'
                then {{ json_object(
                    [['mail', json_string('coalesce(users.mail_as_spelled, users.mail)')]] + user_members
                ) }}
        end as payload_json,
        previous_users.previous_json,
        users.changed_columns,
        users.is_in_scope,
        users.hold_reason
    from users
    left join desired_ranks on users.mail = desired_ranks.mail
    left join deleted_ranks on users.mail = deleted_ranks.mail
    left join previous_users on users.mail = previous_users.mail
    where users.action <> 'none'

),

axis_changes as (

    select
        axis_values.scope,
        axis_values.action,
        axis_values.entity_key,
        case axis_values.action when 'delete' then 5 else 1 end as phase,
        0 as rank_in_phase,
        case
            when axis_values.action = 'delete'
                then {{ json_object([
                    ['company_uuid', json_string('axis_values.company_uuid')],
                    ['axis', json_string('axis_values.axis')],
                    ['code', json_string('axis_values.code_as_spelled')],
                ]) }}
            else {{ json_object([
                ['company_uuid', json_string('axis_values.company_uuid')],
                ['axis', json_string('axis_values.axis')],
            ]) }}
        end as path_params_json,
        case
            when axis_values.action <> 'delete'
                then {{ json_object([
                    ['code', json_string('coalesce(axis_values.code_as_spelled, axis_values.code)')],
                    ['names', "concat('[', " ~ json_object([
                        ['culture', "'\"fr\"'"], ['value', json_string('axis_values.name_fr_new')]
                    ]) ~ ", ',', " ~ json_object([
                        ['culture', "'\"nl\"'"], ['value', json_string('axis_values.name_nl_new')]
                    ]) ~ ", ']')"],
                    ['validityDateFrom', json_day('axis_values.validityDateFrom_new')],
                    ['validityDateTo', json_day('axis_values.validityDateTo_new')],
                ]) }}
        end as payload_json,
        previous_axis_values.previous_json,
        axis_values.changed_columns,
        axis_values.is_in_scope,
        axis_values.hold_reason
    from axis_values
    left join previous_axis_values
        on
            axis_values.scope = previous_axis_values.scope
            and axis_values.company_uuid = previous_axis_values.company_uuid
            and axis_values.code = previous_axis_values.code
    where axis_values.action <> 'none'

),

unioned as (

    select * from user_changes
    union all
    select * from axis_changes

),

final as (

    select
        unioned.scope,
        scopes.resource,
        unioned.action,
        unioned.entity_key,
        unioned.phase,
        unioned.rank_in_phase,
        endpoints.http_method,
        endpoints.path_template,
        unioned.path_params_json,
        unioned.payload_json,
        unioned.previous_json,
        unioned.changed_columns,
        unioned.hold_reason,
        {{ flag("unioned.action = 'delete' and without_effect.entity_key is not null") }} as had_no_effect
    from unioned
    inner join scopes on unioned.scope = scopes.scope
    inner join endpoints
        on
            scopes.resource = endpoints.resource
            and unioned.action = endpoints.action
    left join without_effect
        on
            unioned.scope = without_effect.scope
            and unioned.entity_key = without_effect.entity_key
    where unioned.is_in_scope = 1

)

select * from final
