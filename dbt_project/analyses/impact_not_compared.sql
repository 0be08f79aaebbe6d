-- Grain: one row per scope, field and reason whose number of lists that do not compare the field differs.
with unioned as (

    select
        scope,
        field,
        reason,
        1 as before_count,
        0 as now_count
    from {{ loader_relation('n2f_impact.fields_not_compared') }}

    union all

    select
        scope,
        field,
        reason,
        0 as before_count,
        1 as now_count
    from {{ ref('fields_not_compared') }}

),

counted as (

    select
        scope,
        field,
        reason,
        sum(before_count) as before_count,
        sum(now_count) as now_count
    from unioned
    group by scope, field, reason

),

final as (

    select * from counted
    where before_count <> now_count

)

select * from final
order by scope, field, reason
