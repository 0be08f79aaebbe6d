-- Grain: one row per user of int_users_deleted, with the height in the current hierarchy: 0 where no other of them is
-- below. Whoever is below somebody has the smaller height, below a cycle that N2F holds too; those on one end high.
with {{ recursive() }} deleted as (

    select mail from {{ ref('int_users_deleted') }}

),

users as (

    select
        mail,
        min(managerMail) as manager_mail
    from {{ ref('int_users_current') }}
    where mail is not null
    group by mail

),

-- From each of them upwards.
walks as (

    select
        mail as at_mail,
        0 as height
    from deleted

    union all

    select
        users.manager_mail as at_mail,
        walks.height + 1 as height
    from walks
    inner join users on walks.at_mail = users.mail
    where
        users.manager_mail is not null
        and walks.height < {{ recursion_limit() }}

),

ranked as (

    select
        deleted.mail,
        max(walks.height) as height
    from deleted
    inner join walks on deleted.mail = walks.at_mail
    group by deleted.mail

)

select * from ranked
