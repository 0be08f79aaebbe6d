-- Grain: one row per scope, key and N2F company of whatever the build has seen of Agresso or N2F: what is to be done,
-- and what comes of it. The company tells apart values that share a key; '' for users and unknown companies.
-- decision: those of push_changes (send, off, withheld, fail), or skipped (it depends on a change that is not sent),
-- rejected, in_step, left_alone, protected, gone, scoped_out, not_chosen (the scope), ignored (no scope names the typ).
with {{ recursive() }} changes as (

    select * from {{ ref('push_changes') }}

),

dependencies as (

    select * from {{ ref('push_dependencies') }}

),

chosen_scopes as (

    select distinct scope from {{ ref('push_safety') }}

),

user_rows as (

    select
        coalesce(mail, '') as entity_key,
        1 as is_in_agresso,
        0 as is_in_n2f,
        0 as is_protected
    from {{ ref('int_users_checked') }}

    union all

    select
        coalesce(mail, '') as entity_key,
        0 as is_in_agresso,
        1 as is_in_n2f,
        case when is_protected = 1 then 1 else 0 end as is_protected
    from {{ ref('int_users_current') }}

),

axis_value_rows as (

    select
        scope,
        entity_key,
        coalesce(company_uuid, '') as company_uuid,
        1 as is_in_agresso,
        0 as is_in_n2f,
        {{ as_text('null') }} as gone_status
    from {{ ref('int_axis_values_checked') }}

    union all

    select
        scope,
        concat(coalesce(company_code, agresso_code), '/', coalesce(code, '')) as entity_key,
        coalesce(company_uuid, '') as company_uuid,
        0 as is_in_agresso,
        0 as is_in_n2f,
        status as gone_status
    from {{ ref('int_analytics_scoped') }}
    where is_gone = 1

    union all

    select
        scope,
        entity_key,
        company_uuid,
        0 as is_in_agresso,
        1 as is_in_n2f,
        {{ as_text('null') }} as gone_status
    from {{ ref('int_axis_values_current') }}

),

entities as (

    select
        'users' {{ exact() }} as scope,
        entity_key,
        '' {{ exact() }} as company_uuid,
        max(is_in_agresso) as is_in_agresso,
        max(is_in_n2f) as is_in_n2f,
        max(is_protected) as is_protected,
        {{ as_text('null') }} as gone_status
    from user_rows
    group by entity_key

    union all

    select
        scope,
        entity_key,
        company_uuid,
        max(is_in_agresso) as is_in_agresso,
        max(is_in_n2f) as is_in_n2f,
        0 as is_protected,
        min(gone_status) as gone_status
    from axis_value_rows
    group by scope, entity_key, company_uuid

),

compared as (

    select
        'users' {{ exact() }} as scope,
        mail as entity_key,
        '' {{ exact() }} as company_uuid,
        action,
        changed_columns,
        is_in_scope,
        hold_reason
    from {{ ref('diff_users') }}

    union all

    select
        scope,
        entity_key,
        company_uuid,
        action,
        changed_columns,
        is_in_scope,
        hold_reason
    from {{ ref('diff_axis_values') }}

),

rejections as (

    select
        'users' {{ exact() }} as scope,
        mail as entity_key,
        '' {{ exact() }} as company_uuid,
        source,
        reason,
        detail
    from {{ ref('int_users_rejected') }}

    union all

    select
        scope,
        entity_key,
        coalesce(company_uuid, '') as company_uuid,
        source,
        reason,
        detail
    from {{ ref('int_axis_values_rejected') }}

),

rejections_placed as (

    select
        *,
        row_number() over (
            partition by scope, entity_key, company_uuid
            order by source, reason, detail
        ) as place
    from rejections

),

-- What waits for a change that is not sent, directly or through others.
unsent as (

    select
        dependencies.scope,
        dependencies.entity_key,
        dependencies.depends_on_key
    from dependencies
    left join changes
        on
            dependencies.depends_on_scope = changes.scope
            and dependencies.depends_on_key = changes.entity_key
    where coalesce(changes.decision, '') <> 'send'

),

skipped as (

    select
        scope,
        entity_key,
        depends_on_key,
        1 as step
    from unsent

    union all

    select
        dependencies.scope,
        dependencies.entity_key,
        dependencies.depends_on_key,
        skipped.step + 1 as step
    from skipped
    inner join dependencies
        on
            skipped.scope = dependencies.depends_on_scope
            and skipped.entity_key = dependencies.depends_on_key
    where skipped.step < {{ recursion_limit() }}

),

skipped_once as (

    select
        scope,
        entity_key,
        min(depends_on_key) as depends_on_key
    from skipped
    group by scope, entity_key

),

joined as (

    select
        entities.scope,
        entities.entity_key,
        entities.company_uuid,
        entities.is_in_agresso,
        entities.is_in_n2f,
        entities.is_protected,
        entities.gone_status,
        case
            when rejections_placed.reason is not null or chosen_scopes.scope is null then 'none'
            else coalesce(compared.action, 'none')
        end {{ exact() }} as action,
        compared.changed_columns,
        compared.hold_reason,
        changes.sequence,
        case
            when chosen_scopes.scope is null then 'not_chosen'
            when rejections_placed.reason is not null then 'rejected'
            when coalesce(compared.action, 'none') = 'none'
                then
                    case
                        when entities.is_in_agresso = 1 then 'in_step'
                        when entities.is_in_n2f = 0 then 'gone'
                        when entities.is_protected = 1 then 'protected'
                        else 'left_alone'
                    end
            when compared.is_in_scope = 0 then 'scoped_out'
            when changes.decision = 'send' and skipped_once.entity_key is not null then 'skipped'
            else changes.decision
        end {{ exact() }} as decision,
        rejections_placed.reason as rejection_reason,
        rejections_placed.detail as rejection_detail,
        changes.decision_reason,
        changes.decision_detail,
        skipped_once.depends_on_key
    from entities
    left join chosen_scopes on entities.scope = chosen_scopes.scope
    left join compared
        on
            entities.scope = compared.scope
            and entities.entity_key = compared.entity_key
            and entities.company_uuid = compared.company_uuid
    left join rejections_placed
        on
            entities.scope = rejections_placed.scope
            and entities.entity_key = rejections_placed.entity_key
            and entities.company_uuid = rejections_placed.company_uuid
            and rejections_placed.place = 1
    left join changes
        on
            compared.scope = changes.scope
            and compared.entity_key = changes.entity_key
            and compared.action = changes.action
            and (
                compared.company_uuid = ''
                -- Two values may have one key (a slash in a company's code).
                or replace(changes.path_params_json, {{ json_string('compared.company_uuid') }}, '')
                <> changes.path_params_json
            )
    left join skipped_once
        on
            changes.scope = skipped_once.scope
            and changes.entity_key = skipped_once.entity_key

),

explained as (

    select
        scope,
        entity_key,
        company_uuid,
        {{ flag('is_in_agresso = 1') }} as is_in_agresso,
        {{ flag('is_in_n2f = 1') }} as is_in_n2f,
        action,
        case
            when decision in ('not_chosen', 'rejected') then null
            when action = 'create' then 'Agresso has it, N2F does not'
            when action = 'update' then concat('N2F differs in ', replace(changed_columns, ',', ', '))
            when action = 'delete' and gone_status is not null
                then concat('N2F has it, and Agresso''s row is gone (status ', gone_status, ')')
            when action = 'delete' then 'N2F has it, Agresso does not'
            when decision = 'in_step' then 'N2F holds what Agresso says'
            when decision = 'gone'
                then concat('Agresso''s row is gone (status ', gone_status, '), and N2F does not have it')
            when decision = 'protected' then 'N2F alone has it, and it is protected by its role or mail'
            else 'N2F alone has it, and no row of this typ in Agresso names the company'
        end {{ exact() }} as cause,
        changed_columns,
        decision,
        case
            when decision = 'rejected' then rejection_reason
            when decision = 'skipped' then 'depends_on'
            else decision_reason
        end {{ exact() }} as reason,
        case
            when decision = 'not_chosen'
                then 'the scope was not chosen for this build, which may not have read what N2F holds of it'
            when decision = 'rejected' then rejection_detail
            when decision = 'skipped' then concat('it waits for ', depends_on_key, ', which is not sent')
            when decision = 'scoped_out'
                then 'changes are limited to some companies or mails, and this one is not among them on both sides'
            when decision = 'off' then concat('the action ', action, ' is off')
            else decision_detail
        end {{ exact() }} as detail,
        hold_reason,
        sequence
    from joined

),

ignored_rows as (

    select
        concat(coalesce(client, ''), '/', coalesce(code, '')) as entity_key,
        min(coalesce(typ, '')) as typ
    from {{ ref('stg_agresso__analytics') }} as analytics
    where
        not exists (
            select 1
            from {{ ref('axis_scopes') }} as axis_scopes
            where lower({{ trimmed('axis_scopes.typ') }}) = lower(analytics.typ)
        )
    group by concat(coalesce(client, ''), '/', coalesce(code, ''))

),

ignored as (

    select
        '' {{ exact() }} as scope,
        entity_key,
        '' {{ exact() }} as company_uuid,
        {{ flag('1 = 1') }} as is_in_agresso,
        {{ flag('1 = 0') }} as is_in_n2f,
        'none' {{ exact() }} as action,
        {{ as_text('null') }} as cause,
        {{ as_text('null') }} as changed_columns,
        'ignored' {{ exact() }} as decision,
        'no_scope' {{ exact() }} as reason,
        concat('no scope names the typ ''', typ, ''': it is not compared with N2F') as detail,
        {{ as_text('null') }} as hold_reason,
        cast(null as integer) as sequence
    from ignored_rows

),

final as (

    select * from explained
    union all
    select * from ignored

)

select * from final
