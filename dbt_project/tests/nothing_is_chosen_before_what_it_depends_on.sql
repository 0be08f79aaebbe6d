-- Whatever number of changes is chosen by their ranks, what they depend on is among them. Where hierarchies have more
-- levels together than a recursion may, this cannot be said of all: the pusher skips or leaves what lacks something.
-- Who is on a cycle that N2F holds, or above one, has the greatest height there is, and no such chain.
with dependencies as (

    select * from {{ ref('push_dependencies_numbered') }}

),

selection as (

    select * from {{ ref('push_selection') }}

),

levels as (

    select level as number_of_levels
    from {{ ref('int_users_desired_ranked') }}

    union all

    select height as number_of_levels
    from {{ ref('int_users_deleted_ranked') }}
    where height < {{ recursion_limit() }}

),

deepest as (

    select coalesce(max(number_of_levels), 0) as number_of_levels
    from levels

),

found as (

    select
        dependencies.*,
        dependents.selection_rank,
        prerequisites.selection_rank as depends_on_rank
    from dependencies
    inner join selection as dependents on dependencies.sequence = dependents.sequence
    left join selection as prerequisites on dependencies.depends_on_sequence = prerequisites.sequence
    cross join deepest
    where
        deepest.number_of_levels * 2 + 3 < {{ recursion_limit() }}
        and (
            prerequisites.sequence is null
            or prerequisites.selection_rank >= dependents.selection_rank
        )

)

select * from found
