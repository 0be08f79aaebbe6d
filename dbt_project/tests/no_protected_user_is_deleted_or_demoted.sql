-- Contract, protected: users of a protected role or mail are never deleted, and no update takes the role away.
with users as (

    select * from {{ ref('diff_users') }}
    where action in ('update', 'delete')

),

protected_roles as (

    select distinct lower({{ trimmed('role') }}) as role from {{ ref('protected_roles') }}

),

protected_mails as (

    select distinct lower({{ trimmed('mail') }}) as mail from {{ ref('protected_mails') }}

),

found as (

    select
        users.mail,
        users.action,
        users.role_old,
        users.role_new
    from users
    left join protected_roles on lower(users.role_old) = protected_roles.role
    left join protected_mails on users.mail = protected_mails.mail
    where
        (users.action = 'delete' and (protected_roles.role is not null or protected_mails.mail is not null))
        or (
            users.action = 'update'
            and protected_roles.role is not null
            and lower(users.role_new) <> protected_roles.role
        )

)

select * from found
