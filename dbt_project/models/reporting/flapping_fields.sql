-- Grain: one row per scope, entity key and field that each of the last three runs updated, of those that sent any of
-- the scope: somebody or something changes it back. Old and new are those of the newest of the three.
{%- set names = user_fields() | map(attribute='name') | list + ['names', 'validityDateFrom', 'validityDateTo'] %}

with plan_scopes as (

    select * from {{ ref('plan_scopes') }}

),

results as (

    select * from {{ source('n2f_sync', 'push_results') }}
    where attempts > 0

),

planned_changes as (

    select * from {{ source('n2f_sync', 'planned_changes') }}

),

sent as (

    select distinct
        plan_id,
        scope
    from results

),

numbered as (

    select
        plan_scopes.plan_id,
        plan_scopes.scope,
        row_number() over (partition by plan_scopes.scope order by plan_scopes.place desc) as newest_first
    from plan_scopes
    inner join sent
        on
            plan_scopes.plan_id = sent.plan_id
            and plan_scopes.scope = sent.scope

),

updates as (

    select
        numbered.scope,
        planned_changes.entity_key,
        numbered.newest_first,
        concat(',', planned_changes.changed_columns, ',') as changed_columns,
        planned_changes.previous_json,
        planned_changes.payload_json,
        results.finished_at,
        -- Two values may have one key (a slash in a company's code).
        row_number() over (
            partition by numbered.scope, planned_changes.entity_key
            order by numbered.newest_first, results.sequence
        ) as place
    from numbered
    inner join results
        on
            numbered.plan_id = results.plan_id
            and numbered.scope = results.scope
    inner join planned_changes
        on
            results.plan_id = planned_changes.plan_id
            and results.sequence = planned_changes.sequence
    where
        numbered.newest_first <= 3
        and results.status = 'succeeded'
        and results.action = 'update'

),

fields as (
    {% for name in names %}
    select {{ text_literal(name) }} as field
    {{ "union all" if not loop.last }}
    {%- endfor %}

),

flapping as (

    select
        updates.scope,
        updates.entity_key,
        fields.field
    from updates
    inner join fields on updates.changed_columns like concat('%,', fields.field, ',%')
    group by updates.scope, updates.entity_key, fields.field
    having count(distinct updates.newest_first) = 3

),

newest as (

    select * from updates
    where place = 1

),

with_old as (

    select
        {%- for name in names %}
        {{ json_fragment('newest.previous_json', name, names) }} as {{ name }}_old,
        {%- endfor %}
        newest.scope,
        newest.entity_key,
        newest.payload_json,
        newest.finished_at
    from newest
    {{ json_members('newest.previous_json', names) }}

),

with_both as (

    select
        {%- for name in names %}
        {{ json_fragment('with_old.payload_json', name, names) }} as {{ name }}_new,
        {%- endfor %}
        with_old.*
    from with_old
    {{ json_members('with_old.payload_json', names) }}

),

final as (

    select
        flapping.scope,
        flapping.entity_key,
        flapping.field,
        {%- for side in ['old', 'new'] %}
        case flapping.field
            {%- for name in names %}
            when '{{ name }}' then with_both.{{ name }}_{{ side }}
            {%- endfor %}
        end as {{ side }}_json,
        {%- endfor %}
        with_both.finished_at as last_updated_at
    from flapping
    inner join with_both
        on
            flapping.scope = with_both.scope
            and flapping.entity_key = with_both.entity_key

)

select * from final
