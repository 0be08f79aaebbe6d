-- Grain: one row per N2F user that Agresso does not have and that may be deleted: neither protected nor rejected.
-- will_be_deleted: whether this run is to delete them, all switches, holds and guards considered. Managers are settled
-- by it, so the guard on deletes is evaluated here, on deletes alone.
with current_users as (

    select * from {{ ref('int_users_current') }}

),

checked as (

    select * from {{ ref('int_users_checked') }}

),

agresso_rows as (

    select count(*) as row_count from {{ ref('stg_agresso__users') }}

),

rejected as (

    select distinct mail from {{ ref('int_users_rejected') }}

),

out_of_scope as (

    select * from {{ ref('int_users_out_of_scope') }}

),

holds as (

    select * from {{ ref('int_holds') }}
    where scope = 'users'

),

without_effect as (

    select * from {{ ref('int_deletes_without_effect') }}
    where scope = 'users'

),

limits as (

    select * from {{ ref('guard_limits') }}
    where
        resource = 'users'
        and action = 'delete'

),

settings as (

    select * from {{ ref('run_settings') }}

),

scopes as (

    select * from {{ ref('run_scopes') }}
    where scope = 'users'

),

candidates as (

    select
        current_users.mail,
        {{ flag('out_of_scope.mail is null') }} as is_in_scope,
        {{ flag('holds.entity_key is not null') }} as is_held,
        {{ flag('without_effect.entity_key is not null') }} as had_no_effect,
        {{ flag('settings.is_delete_on = 1 and scopes.is_selected = 1') }} as is_on
    from current_users
    left join rejected on current_users.mail = rejected.mail
    left join out_of_scope on current_users.mail = out_of_scope.mail
    left join holds on current_users.mail = holds.entity_key
    left join without_effect on current_users.mail = without_effect.entity_key
    cross join settings
    cross join scopes
    where
        current_users.mail is not null
        and not exists (select 1 from checked where checked.mail = current_users.mail)
        and rejected.mail is null
        and current_users.is_protected = 0

),

n2f_count as (

    select count(*) as n2f_count
    from current_users
    where is_counted = 1

),

change_count as (

    select count(*) as change_count
    from candidates
    where
        is_in_scope = 1
        and is_held = 0
        and is_on = 1

),

guard as (

    select
        {{ flag(
            "agresso_rows.row_count = 0 or (settings.is_mass_delete_allowed = 0 and "
            ~ is_over_limit(
                'change_count.change_count', 'n2f_count.n2f_count', 'limits.max_percent', 'limits.max_rows'
            ) ~ ")"
        ) }} as is_withheld
    from change_count
    cross join n2f_count
    cross join agresso_rows
    cross join settings
    left join limits on 1 = 1

),

final as (

    select
        candidates.mail,
        {{ flag(
            "candidates.is_on = 1 and candidates.is_in_scope = 1 and candidates.is_held = 0"
            ~ " and candidates.had_no_effect = 0 and guard.is_withheld = 0"
        ) }} as will_be_deleted
    from candidates
    cross join guard

)

select * from final
