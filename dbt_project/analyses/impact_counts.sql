-- Grain: one row per scope, action and decision that a row of either plan has, with how many rows have it.
with unioned as (

    select
        scope,
        action,
        decision,
        1 as before_count,
        0 as now_count
    from {{ loader_relation('n2f_impact.push_changes') }}

    union all

    select
        scope,
        action,
        decision,
        0 as before_count,
        1 as now_count
    from {{ ref('push_changes') }}

),

final as (

    select
        scope,
        action,
        decision,
        sum(before_count) as before_count,
        sum(now_count) as now_count
    from unioned
    group by scope, action, decision

)

select * from final
order by
    scope,
    case action when 'create' then 1 when 'update' then 2 else 3 end,
    case decision when 'send' then 1 when 'withheld' then 2 when 'off' then 3 else 4 end
