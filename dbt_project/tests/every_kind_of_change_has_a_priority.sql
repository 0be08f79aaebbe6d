-- A change without a priority would have no place among those that are chosen, and would never be sent under a limit.
with endpoints as (

    select * from {{ ref('endpoints') }}

),

priorities as (

    select * from {{ ref('push_priorities') }}

),

found as (

    select endpoints.*
    from endpoints
    left join priorities
        on
            endpoints.resource = priorities.resource
            and endpoints.action = priorities.action
    where priorities.priority is null

)

select * from found
