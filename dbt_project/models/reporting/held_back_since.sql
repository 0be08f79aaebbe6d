-- Grain: one row per frozen plan of the N2F in use, kind (rejected, or held by a DBA), scope and entity key that it
-- holds back, with since when: the first plan of those that hold it back without a gap. A plan within a scoping that
-- does not name it is no gap.
with plan_scopes as (

    select * from {{ ref('plan_scopes') }}

),

rejections as (

    select * from {{ source('n2f_sync', 'planned_rejections') }}

),

held as (

    select * from {{ source('n2f_sync', 'planned_changes') }}
    where decision_reason = 'hold'

),

keys as (

    select distinct
        plan_id,
        'rejected' {{ exact() }} as kind,
        scope,
        entity_key
    from rejections

    union all

    select distinct
        plan_id,
        'held' {{ exact() }} as kind,
        scope,
        entity_key
    from held

),

plans_counted as (

    select
        *,
        -- Plans for everybody up to this one: those before it, and those up to it.
        sum(case when is_limited = 0 then 1 else 0 end) over (partition by scope order by place) as open_count,
        sum(case when is_limited = 0 then 1 else 0 end) over (partition by scope order by place)
        - case when is_limited = 0 then 1 else 0 end as open_count_before
    from plan_scopes

),

listed as (

    select
        keys.kind,
        keys.scope,
        keys.entity_key,
        plans_counted.plan_id,
        plans_counted.place,
        plans_counted.created_at,
        plans_counted.open_count_before - lag(plans_counted.open_count) over (
            partition by keys.kind, keys.scope, keys.entity_key
            order by plans_counted.place
        ) as plans_between
    from keys
    inner join plans_counted
        on
            keys.plan_id = plans_counted.plan_id
            and keys.scope = plans_counted.scope

),

grouped as (

    select
        *,
        sum(case when plans_between = 0 then 0 else 1 end) over (
            partition by kind, scope, entity_key
            order by place
        ) as streak
    from listed

),

final as (

    select
        plan_id,
        kind,
        scope,
        entity_key,
        min(created_at) over (partition by kind, scope, entity_key, streak) as held_back_since,
        row_number() over (partition by kind, scope, entity_key, streak order by place) as plan_count
    from grouped

)

select * from final
