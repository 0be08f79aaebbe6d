-- Grain: one row per chosen scope and action: how many changes would be sent, against what N2F holds within the run's
-- scoping, and the guards' verdict. source_empty withholds the scope whatever is allowed; over_limit withholds the one
-- class until it is allowed.
with users as (

    select * from {{ ref('diff_users') }}
    where
        action <> 'none'
        and is_in_scope = 1

),

axis_values as (

    select * from {{ ref('diff_axis_values') }}
    where
        action <> 'none'
        and is_in_scope = 1

),

settings as (

    select * from {{ ref('run_settings') }}

),

scopes as (

    select * from {{ ref('run_scopes') }}
    where is_selected = 1

),

limits as (

    select * from {{ ref('guard_limits') }}

),

only_companies as (

    select * from {{ ref('run_only_companies') }}

),

users_in_n2f as (

    select
        'users' {{ exact() }} as scope,
        count(*) as n2f_count
    from {{ ref('int_users_current') }}
    where is_counted = 1

),

axis_values_in_n2f as (

    select
        current_values.scope,
        count(*) as n2f_count
    from {{ ref('int_axis_values_current') }} as current_values
    cross join settings
    left join only_companies on current_values.company_code = only_companies.company_code
    where
        settings.is_scoped = 0
        or only_companies.company_code is not null
    group by current_values.scope

),

in_n2f as (

    select * from users_in_n2f
    union all
    select * from axis_values_in_n2f

),

in_agresso as (

    select
        'users' {{ exact() }} as scope,
        count(*) as row_count
    from {{ ref('stg_agresso__users') }}

    union all

    select
        scope,
        count(*) as row_count
    from {{ ref('int_analytics_scoped') }}
    group by scope

),

actions as (

    select
        'create' {{ exact() }} as action,
        is_create_on as is_enabled,
        is_mass_create_allowed as is_allowed
    from settings

    union all

    select
        'update' {{ exact() }} as action,
        is_update_on as is_enabled,
        is_mass_update_allowed as is_allowed
    from settings

    union all

    select
        'delete' {{ exact() }} as action,
        is_delete_on as is_enabled,
        is_mass_delete_allowed as is_allowed
    from settings

),

changes as (

    select
        'users' {{ exact() }} as scope,
        action,
        hold_reason
    from users

    union all

    select
        scope,
        action,
        hold_reason
    from axis_values

),

counted as (

    select
        scope,
        action,
        count(*) as change_count
    from changes
    where hold_reason is null
    group by scope, action

),

classes as (

    select
        scopes.scope,
        actions.action,
        case when actions.is_enabled = 1 then coalesce(counted.change_count, 0) else 0 end as change_count,
        coalesce(in_n2f.n2f_count, 0) as n2f_count,
        coalesce(in_agresso.row_count, 0) as agresso_row_count,
        limits.max_percent,
        limits.max_rows,
        actions.is_enabled,
        actions.is_allowed
    from scopes
    cross join actions
    left join counted
        on
            scopes.scope = counted.scope
            and actions.action = counted.action
    left join in_n2f on scopes.scope = in_n2f.scope
    left join in_agresso on scopes.scope = in_agresso.scope
    left join limits
        on
            scopes.resource = limits.resource
            and actions.action = limits.action

),

judged as (

    select
        *,
        case
            when agresso_row_count = 0 and n2f_count > 0 then 'source_empty'
            when
                is_enabled = 1
                and is_allowed = 0
                and {{ is_over_limit('change_count', 'n2f_count', 'max_percent', 'max_rows') }}
                then 'over_limit'
            else 'ok'
        end {{ exact() }} as verdict
    from classes

),

final as (

    select
        *,
        case verdict
            when 'source_empty'
                then concat(
                    'Agresso has no row for ', scope, ' while N2F holds ', n2f_count,
                    ': nothing of the scope is sent'
                )
            when 'over_limit'
                then concat(
                    change_count, ' ', action, 's of ', scope, ', N2F holds ',
                    n2f_count, ': the limit is ', max_percent,
                    ' % and ', max_rows, ' rows'
                )
        end as message
    from judged

)

select * from final
