-- Grain: one row per scope and action whose guard says something else, or of which one build alone has a guard.
with before_guards as (

    select * from {{ loader_relation('n2f_impact.push_safety') }}

),

now_guards as (

    select * from {{ ref('push_safety') }}

),

side_by_side as (

    select
        coalesce(now_guards.scope, before_guards.scope) as scope,
        coalesce(now_guards.action, before_guards.action) as action,
        before_guards.verdict as verdict_before,
        now_guards.verdict as verdict_now,
        before_guards.message as message_before,
        now_guards.message as message_now
    from before_guards
    full outer join now_guards
        on
            before_guards.scope = now_guards.scope
            and before_guards.action = now_guards.action

),

final as (

    select * from side_by_side
    where {{ is_different("coalesce(verdict_before, 'ok')", "coalesce(verdict_now, 'ok')") }}

)

select * from final
order by scope, action
