-- Grain: one row per user of int_users_desired who gets no manager although Agresso names one, with the reason.
-- reason: on_cycle (their own manager included), deleted (the manager, in this run), rejected (the manager's row, and
-- N2F does not have them), unknown (neither Agresso nor N2F has them).
with checked as (

    select * from {{ ref('int_users_checked') }}

),

desired as (

    select * from {{ ref('int_users_desired') }}

),

on_cycles as (

    select * from {{ ref('int_users_on_cycles') }}

),

leaving as (

    select mail from {{ ref('int_users_deleted') }}
    where will_be_deleted = 1

),

rejected as (

    select distinct mail from {{ ref('int_users_rejected') }}

),

judged as (

    select
        desired.mail,
        checked.managerMail as manager_mail,
        case
            when on_cycles.mail is not null then 'on_cycle'
            when leaving.mail is not null then 'deleted'
            when rejected.mail is not null then 'rejected'
            else 'unknown'
        end {{ exact() }} as reason
    from desired
    inner join checked on desired.mail = checked.mail
    left join on_cycles on desired.mail = on_cycles.mail
    left join leaving on checked.managerMail = leaving.mail
    left join rejected on checked.managerMail = rejected.mail
    where
        checked.managerMail is not null
        and desired.managerMail is null

),

final as (

    select
        *,
        case reason
            when 'on_cycle' then 'on a management cycle: no manager'
            when 'deleted' then concat(manager_mail, ' is deleted in this run')
            when 'rejected' then concat(manager_mail, ' is rejected and not in N2F')
            else concat(manager_mail, ' is neither in Agresso nor in N2F')
        end {{ exact() }} as detail
    from judged

)

select * from final
