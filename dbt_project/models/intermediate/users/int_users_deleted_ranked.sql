-- Grain: one row per user of int_users_deleted, with the height in the current hierarchy: 0 where no other of them is
-- below. Whoever is below somebody has the smaller height, below a cycle that N2F holds too; those on one end high.
with {{ recursive() }} deleted as (

    select
        current_users.mail,
        current_users.user_number
    from {{ ref('int_users_deleted') }} as deleted_users
    inner join {{ ref('int_users_current_numbered') }} as current_users on deleted_users.mail = current_users.mail

),

-- From each of them upwards.
walks as (

    select
        user_number as at_number,
        0 as height
    from deleted

    union all

    select
        current_users.manager_number as at_number,
        walks.height + 1 as height
    from walks
    inner join {{ ref('int_users_current_numbered') }} as current_users on walks.at_number = current_users.user_number
    where
        current_users.manager_number is not null
        and walks.height < {{ recursion_limit() }}

),

ranked as (

    select
        deleted.mail,
        max(walks.height) as height
    from deleted
    inner join walks on deleted.user_number = walks.at_number
    group by deleted.mail

)

select * from ranked
