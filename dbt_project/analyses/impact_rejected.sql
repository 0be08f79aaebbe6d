-- Grain: one row per scope, key, source, reason and words of rejected rows that one build has more often than the
-- other.
with unioned as (

    select
        scope,
        entity_key,
        source,
        reason,
        coalesce(detail, '') as detail,
        1 as before_count,
        0 as now_count
    from {{ loader_relation('n2f_impact.rejected_rows') }}

    union all

    select
        scope,
        entity_key,
        source,
        reason,
        coalesce(detail, '') as detail,
        0 as before_count,
        1 as now_count
    from {{ ref('rejected_rows') }}

),

counted as (

    select
        scope,
        entity_key,
        source,
        reason,
        detail,
        sum(before_count) as before_count,
        sum(now_count) as now_count
    from unioned
    group by scope, entity_key, source, reason, detail

),

final as (

    select * from counted
    where before_count <> now_count

)

select * from final
order by scope, entity_key, source, reason, detail
