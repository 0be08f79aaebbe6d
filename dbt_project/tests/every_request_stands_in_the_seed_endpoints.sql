-- The pusher refuses any other, and stops: nobody who may write a table can send an arbitrary request.
with changes as (

    select * from {{ ref('push_changes') }}

),

endpoints as (

    select * from {{ ref('endpoints') }}

),

found as (

    select changes.*
    from changes
    where not exists (
        select 1
        from endpoints
        where
            endpoints.action = changes.action
            and endpoints.http_method = changes.http_method
            and endpoints.path_template = changes.path_template
    )

)

select * from found
