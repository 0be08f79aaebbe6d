-- The reference of the comparison: one query by hand, for DuckDB alone, that gives push_changes up to changed_columns from
-- the same documents and the same tables of Agresso: the requests, what N2F holds, and the order they are sent in.
-- It knows the contract's rules for users and for the built-in axis: mappings and names in any culture, rejected rows and
-- possible renames, protected users, managers, cycles, gone rows. It leaves out what a run is told (scopes, scoping,
-- holds, actions, guards), custom axes, keys that no document carries, and saying why a row is rejected.
with recursive snapshot as materialized (

    select snapshot_id
    from n2f_raw.snapshots
    where completed_at is not null
    order by started_at desc
    limit 1

),

companies as materialized (

    select
        trim(document ->> '$.code', ' ') as company_code,
        min(document ->> '$.uuid') as company_uuid,
        count(*) as company_count
    from n2f_raw.companies
    where snapshot_id = (select snapshot_id from snapshot)
    group by company_code

),

-- A role or a profile by any of its names, and its French one.
named as (

    select
        'roles' as resource,
        json_extract(document, '$.names[*]') as names
    from n2f_raw.roles
    where snapshot_id = (select snapshot_id from snapshot)

    union all

    select
        'userprofiles' as resource,
        json_extract(document, '$.names[*]') as names
    from n2f_raw.userprofiles
    where snapshot_id = (select snapshot_id from snapshot)

),

french_names as materialized (

    select
        resource,
        lower(trim(entry ->> '$.value', ' ')) as name,
        min(french_name) as french_name
    from (
        select
            resource,
            unnest(names) as entry,
            trim(list_filter(names, lambda entry: lower(entry ->> '$.culture') = 'fr')[1] ->> '$.value', ' ')
                as french_name
        from named
    )
    where french_name <> ''
    group by resource, name
    having count(distinct french_name) = 1

),

user_documents as (

    select
        page,
        position,
        unnest(json_transform(document, '{
            "uuid": "varchar", "mail": "varchar", "firstname": "varchar", "lastname": "varchar", "jobTitle": "varchar",
            "employeeNumber": "varchar", "accountingAuxiliaryAccount": "varchar", "company": "varchar",
            "role": "varchar", "profile": "varchar", "managerMail": "varchar", "canCreateVehicle": "varchar",
            "personnalCarHaveToBeApproved": "varchar", "removeHomeWorkDistance": "varchar", "gotProPayment": "varchar",
            "canRaiseLimits": "varchar", "culture": "varchar", "currencyIsoCode": "varchar", "structure": "varchar",
            "authMode": "varchar"
        }'))
    from n2f_raw.users
    where snapshot_id = (select snapshot_id from snapshot)

),

-- A list that moves is read twice here and there: the last one counts.
last_users as (

    select
        page,
        position,
        mail as mail_as_spelled,
        nullif(case
            when columns(* exclude (page, position, uuid)) like ' %' or columns(* exclude (page, position, uuid)) like '% '
                then trim(columns(* exclude (page, position, uuid)), ' ')
            else columns(* exclude (page, position, uuid))
        end, '')
    from user_documents
    qualify row_number() over (
        partition by coalesce(nullif(uuid, ''), 'mail:' || mail) order by page desc, position desc
    ) = 1

),

current_users as (

    select
        last_users.* replace (
            lower(mail) as mail,
            coalesce(roles.french_name, role, 'Utilisateur') as role,
            coalesce(profiles.french_name, profile, 'Standard') as profile,
            lower(managerMail) as managerMail,
            coalesce(lower(personnalCarHaveToBeApproved), '')
            in ('1', 'true', 'yes', 'y', 'on', 'oui', 'o', 'ja', 'j') as personnalCarHaveToBeApproved,
            coalesce(lower(removeHomeWorkDistance), '')
            in ('1', 'true', 'yes', 'y', 'on', 'oui', 'o', 'ja', 'j') as removeHomeWorkDistance,
            coalesce(lower(gotProPayment), '')
            in ('1', 'true', 'yes', 'y', 'on', 'oui', 'o', 'ja', 'j') as gotProPayment,
            coalesce(lower(canRaiseLimits), '')
            in ('1', 'true', 'yes', 'y', 'on', 'oui', 'o', 'ja', 'j') as canRaiseLimits,
            lower(culture) as culture,
            upper(currencyIsoCode) as currencyIsoCode
        )
    from last_users
    left join french_names as roles
        on roles.resource = 'roles' and lower(coalesce(last_users.role, 'Utilisateur')) = roles.name
    left join french_names as profiles
        on profiles.resource = 'userprofiles' and lower(coalesce(last_users.profile, 'Standard')) = profiles.name

),

agresso_users as (

    select
        nullif(case
            when columns(*) like ' %' or columns(*) like '% ' then trim(columns(*), ' ') else columns(*)
        end, '')
    from agresso."iris_N2F_User"

),

mapped_users as (

    select
        lower(AdresseEmail) as mail,
        Prenom as firstname,
        Nom as lastname,
        Fonction as jobTitle,
        Matricule as employeeNumber,
        Compte_Auxiliaire_Agresso as accountingAuxiliaryAccount,
        case when companies.company_count = 1 then companies.company_uuid end as company,
        roles.french_name as role,
        profiles.french_name as profile,
        nullif(nullif(lower(Manager), 'nan'), 'none') as managerMail,
        Creation_Vehicule as canCreateVehicle,
        coalesce(lower(Appro_Veh_Adm), '') in ('1', 'true', 'yes', 'y', 'on', 'oui', 'o', 'ja', 'j')
            as personnalCarHaveToBeApproved,
        coalesce(lower(Deduction_Distance_TravDom), '') in ('1', 'true', 'yes', 'y', 'on', 'oui', 'o', 'ja', 'j')
            as removeHomeWorkDistance,
        coalesce(lower(Moyen_Paiement_Prof), '') in ('1', 'true', 'yes', 'y', 'on', 'oui', 'o', 'ja', 'j')
            as gotProPayment,
        coalesce(lower(Droit_Relever_Plafond), '') in ('1', 'true', 'yes', 'y', 'on', 'oui', 'o', 'ja', 'j')
            as canRaiseLimits,
        coalesce(lower(langue), 'fr') as culture,
        coalesce(upper(Devise), 'EUR') as currencyIsoCode,
        coalesce(Structure, 'L3') as structure,
        case when coalesce(lower(Methode_SSO), 'saml') = 'saml' then 'Sso' else Methode_SSO end as authMode
    from agresso_users
    left join companies on agresso_users.Entreprise = companies.company_code
    left join french_names as roles
        on roles.resource = 'roles' and lower(coalesce(agresso_users.Role, 'Utilisateur')) = roles.name
    left join french_names as profiles
        on profiles.resource = 'userprofiles' and lower(coalesce(agresso_users.Profil, 'Standard')) = profiles.name

),

repeated_mails as (select mail from mapped_users where mail is not null group by mail having count(*) > 1),

different_users as (

    select * from mapped_users
    where mail not in (select mail from repeated_mails)

    union all

    select distinct * from mapped_users
    where mail in (select mail from repeated_mails)

),

duplicate_mails as (

    select mail
    from different_users
    where mail in (select mail from repeated_mails)
    group by mail
    having count(*) > 1

),

shared_mails as (select mail from current_users where mail is not null group by mail having count(*) > 1),

faulty_users as (

    select mail, employeeNumber
    from different_users
    where
        company is null or role is null or profile is null
        or mail not like '%_@_%' or mail like '%@%@%' or mail like '% %'
        or mail in (select mail from duplicate_mails)

    union all

    select mail, employeeNumber
    from mapped_users
    where mail is null

),

-- What N2F holds forbids to touch them.
refused_users as (

    select different_users.mail, different_users.employeeNumber
    from different_users
    inner join current_users on different_users.mail = current_users.mail
    where
        current_users.mail in (select mail from shared_mails)
        or (
            lower(current_users.role) <> lower(different_users.role)
            and lower(current_users.role) in (select lower(trim(role, ' ')) from n2f_staging.protected_roles)
        )

),

-- N2F alone has them.
absent_users as materialized (

    select
        mail,
        employeeNumber,
        lower(role) in (select lower(trim(role, ' ')) from n2f_staging.protected_roles)
        or mail in (select lower(trim(mail, ' ')) from n2f_staging.protected_mails) as is_protected
    from current_users
    where not exists (select 1 from mapped_users where mapped_users.mail = current_users.mail)

),

renames as (

    select
        candidates.mail as agresso_mail,
        absent_users.mail as n2f_mail
    from absent_users
    inner join (
        select * from faulty_users
        union all
        select * from refused_users
        union all
        select mail, employeeNumber
        from different_users
        where not exists (select 1 from current_users where current_users.mail = different_users.mail)
    ) as candidates on absent_users.employeeNumber = candidates.employeeNumber
    where not exists (
        select 1
        from n2f_staging.not_renames
        where
            coalesce(lower(not_renames.agresso_mail), '') = coalesce(candidates.mail, '')
            and coalesce(lower(not_renames.n2f_mail), '') = coalesce(absent_users.mail, '')
    )

),

rejected_users as materialized (

    select mail from faulty_users
    union
    select mail from refused_users
    union
    select mail from shared_mails
    union
    select agresso_mail from renames
    union
    select n2f_mail from renames

),

deleted_users as (

    select mail
    from absent_users
    where
        not is_protected
        and mail is not null
        and not exists (select 1 from rejected_users where rejected_users.mail = absent_users.mail)

),

-- Read where they are needed: kept in memory, they take longer.
accepted_users as not materialized (

    select * from different_users
    where not exists (select 1 from rejected_users where rejected_users.mail = different_users.mail)

),

staying_managers as (

    select mail
    from (select distinct managerMail as mail from accepted_users)
    where
        mail in (select mail from accepted_users)
        or (
            mail in (select mail from current_users where mail is not null)
            and mail not in (select mail from deleted_users)
        )

),

managed_users as (

    select accepted_users.* replace (staying_managers.mail as managerMail)
    from accepted_users
    left join staying_managers on accepted_users.managerMail = staying_managers.mail

),

managers as materialized (

    select managed_users.mail, managed_users.managerMail
    from managed_users
    inner join (select distinct managerMail as mail from managed_users) as named_managers
        on managed_users.mail = named_managers.mail

),

-- From the top down; whoever is not reached is on a cycle or below one.
reached_managers as (

    select managers.mail, 0 as level
    from managers
    left join managers as above on managers.managerMail = above.mail
    where above.mail is null

    union all

    select managers.mail, reached_managers.level + 1
    from reached_managers
    inner join managers on reached_managers.mail = managers.managerMail

),

walks as (

    select mail as start_mail, managerMail as at_mail, 1 as step
    from managers
    where mail not in (select mail from reached_managers)

    union all

    select walks.start_mail, managers.managerMail, walks.step + 1
    from walks
    inner join managers on walks.at_mail = managers.mail
    where walks.at_mail <> walks.start_mail and walks.step < 99

),

on_cycles as (select distinct start_mail as mail from walks where at_mail = start_mail),

below_cycles as (

    select mail, 0 as level
    from on_cycles

    union all

    select managers.mail, below_cycles.level + 1
    from below_cycles
    inner join managers on below_cycles.mail = managers.managerMail
    where managers.mail not in (select mail from on_cycles)

),

levels as (

    select * from reached_managers
    union all
    select * from below_cycles

),

desired_users as (

    select managed_users.* replace (case when on_cycles.mail is null then managed_users.managerMail end as managerMail)
    from managed_users
    left join on_cycles on managed_users.mail = on_cycles.mail

),

user_changes as (

    select
        case when old.mail is null then 'create' when new.mail is null then 'delete' else 'update' end as action,
        coalesce(new.mail, old.mail) as entity_key,
        new.managerMail as manager_mail,
        old.mail_as_spelled,
        old.page,
        old.position,
        case when new.mail is not null then cast(json_object(
            'mail', coalesce(old.mail_as_spelled, new.mail),
            'firstname', coalesce(new.firstname, ''),
            'lastname', coalesce(new.lastname, ''),
            'jobTitle', coalesce(new.jobTitle, ''),
            'employeeNumber', coalesce(new.employeeNumber, ''),
            'accountingAuxiliaryAccount', coalesce(new.accountingAuxiliaryAccount, ''),
            'company', new.company,
            'role', new.role,
            'profile', new.profile,
            'managerMail', coalesce(new.managerMail, ''),
            'canCreateVehicle', coalesce(new.canCreateVehicle, ''),
            'personnalCarHaveToBeApproved', new.personnalCarHaveToBeApproved,
            'removeHomeWorkDistance', new.removeHomeWorkDistance,
            'gotProPayment', new.gotProPayment,
            'canRaiseLimits', new.canRaiseLimits,
            'culture', new.culture,
            'currencyIsoCode', new.currencyIsoCode,
            'structure', new.structure,
            'authMode', new.authMode
        ) as varchar) end as payload_json,
        case when new.mail is not null and old.mail is not null then nullif(concat_ws(
            ',',
            case when old.firstname is distinct from new.firstname then 'firstname' end,
            case when old.lastname is distinct from new.lastname then 'lastname' end,
            case when old.jobTitle is distinct from new.jobTitle then 'jobTitle' end,
            case when old.employeeNumber is distinct from new.employeeNumber then 'employeeNumber' end,
            case
                when old.accountingAuxiliaryAccount is distinct from new.accountingAuxiliaryAccount
                    then 'accountingAuxiliaryAccount'
            end,
            case when old.company is distinct from new.company then 'company' end,
            case when old.role is distinct from new.role then 'role' end,
            case when old.profile is distinct from new.profile then 'profile' end,
            case when old.managerMail is distinct from new.managerMail then 'managerMail' end,
            case when lower(old.canCreateVehicle) is distinct from lower(new.canCreateVehicle) then 'canCreateVehicle' end,
            case
                when old.personnalCarHaveToBeApproved <> new.personnalCarHaveToBeApproved
                    then 'personnalCarHaveToBeApproved'
            end,
            case when old.removeHomeWorkDistance <> new.removeHomeWorkDistance then 'removeHomeWorkDistance' end,
            case when old.gotProPayment <> new.gotProPayment then 'gotProPayment' end,
            case when old.canRaiseLimits <> new.canRaiseLimits then 'canRaiseLimits' end,
            case when old.culture is distinct from new.culture then 'culture' end,
            case when old.currencyIsoCode is distinct from new.currencyIsoCode then 'currencyIsoCode' end,
            case when old.structure is distinct from new.structure then 'structure' end,
            case when lower(old.authMode) is distinct from lower(new.authMode) then 'authMode' end
        ), '') end as changed_columns
    from desired_users as new
    full outer join current_users as old on new.mail = old.mail
    where
        (new.mail is not null and (old.mail is null or changed_columns is not null))
        or (new.mail is null and old.mail in (select mail from deleted_users))

),

-- The height of those who leave: how many are below them, leavers and whoever stands between.
upwards as (

    select mail as at_mail, 0 as height
    from deleted_users

    union all

    select current_users.managerMail, upwards.height + 1
    from upwards
    inner join current_users on upwards.at_mail = current_users.mail
    where current_users.managerMail is not null and upwards.height < 99

),

heights as (select at_mail, max(height) as height from upwards group by at_mail),

previous_users as (

    select
        page,
        position,
        cast(json_object(
            'mail', f[1], 'firstname', f[2], 'lastname', f[3], 'jobTitle', f[4], 'employeeNumber', f[5],
            'accountingAuxiliaryAccount', f[6], 'company', f[7], 'role', f[8], 'profile', f[9], 'managerMail', f[10],
            'canCreateVehicle', f[11], 'personnalCarHaveToBeApproved', f[12], 'removeHomeWorkDistance', f[13],
            'gotProPayment', f[14], 'canRaiseLimits', f[15], 'culture', f[16], 'currencyIsoCode', f[17],
            'structure', f[18], 'authMode', f[19]
        ) as varchar) as previous_json
    from (
        select users.page, users.position, json_extract(users.document, [
            '$.mail', '$.firstname', '$.lastname', '$.jobTitle', '$.employeeNumber', '$.accountingAuxiliaryAccount',
            '$.company', '$.role', '$.profile', '$.managerMail', '$.canCreateVehicle', '$.personnalCarHaveToBeApproved',
            '$.removeHomeWorkDistance', '$.gotProPayment', '$.canRaiseLimits', '$.culture', '$.currencyIsoCode',
            '$.structure', '$.authMode'
        ]) as f
        from n2f_raw.users
        inner join user_changes on users.page = user_changes.page and users.position = user_changes.position
        where users.snapshot_id = (select snapshot_id from snapshot)
    )

),

user_requests as (

    select
        'users' as scope,
        user_changes.action,
        user_changes.entity_key,
        case user_changes.action when 'create' then 2 when 'update' then 3 else 4 end as phase,
        case
            when user_changes.action = 'delete' then heights.height
            when levels.level is null then 0
            else least(levels.level, 99) + 1
        end as rank_in_phase,
        case user_changes.action when 'delete' then 'DELETE' else 'POST' end as http_method,
        case user_changes.action when 'delete' then 'users/{mail}' else 'users' end as path_template,
        case user_changes.action
            when 'delete' then cast(json_object('mail', user_changes.mail_as_spelled) as varchar) else '{}'
        end as path_params_json,
        user_changes.payload_json,
        previous_users.previous_json,
        user_changes.changed_columns
    from user_changes
    left join levels on user_changes.manager_mail = levels.mail
    left join heights on user_changes.action = 'delete' and user_changes.entity_key = heights.at_mail
    left join previous_users
        on user_changes.page = previous_users.page and user_changes.position = previous_users.position

),

value_documents as (

    select
        company_uuid,
        page,
        position,
        json_extract_string(document, ['$.code', '$.validityDateFrom', '$.validityDateTo']) as f,
        json_extract(document, ['$.code', '$.names', '$.validityDateFrom', '$.validityDateTo']) as previous,
        json_extract(document, '$.names[*]') as names
    from n2f_raw.axis_values
    where
        axis = 'projects'
        and snapshot_id = (select snapshot_id from snapshot)

),

current_values as (

    select
        company_uuid,
        page,
        position,
        coalesce(f[1], '') as code_as_spelled,
        nullif(trim(f[1], ' '), '') as code,
        nullif(trim(
            list_filter(names, lambda entry: lower(trim(entry ->> '$.culture', ' ')) = 'fr')[1] ->> '$.value', ' '
        ), '') as name_fr,
        nullif(trim(
            list_filter(names, lambda entry: lower(trim(entry ->> '$.culture', ' ')) = 'nl')[1] ->> '$.value', ' '
        ), '') as name_nl,
        nullif(nullif(left(nullif(trim(f[2], ' '), ''), 10), '1900-01-01'), '2099-12-31') as valid_from,
        nullif(nullif(left(nullif(trim(f[3], ' '), ''), 10), '1900-01-01'), '2099-12-31') as valid_to,
        previous
    from value_documents
    qualify row_number() over (partition by company_uuid, code_as_spelled order by page desc, position desc) = 1

),

agresso_values as materialized (

    select distinct
        companies.company_uuid,
        nullif(trim(code, ' '), '') as code,
        nullif(trim(description, ' '), '') as name,
        nullif(nullif(left(nullif(trim(date_from, ' '), ''), 10), '1900-01-01'), '2099-12-31') as valid_from,
        nullif(nullif(left(nullif(trim(date_to, ' '), ''), 10), '1900-01-01'), '2099-12-31') as valid_to,
        coalesce(lower(nullif(trim(status, ' '), '')), 'n') = 'n' as is_open
    from agresso."iris_N2F_Analytics"
    inner join companies on trim(client, ' ') = companies.company_code and companies.company_count = 1
    where lower(trim(typ, ' ')) = 'project'

),

rejected_values as (

    select company_uuid, code
    from agresso_values
    where is_open and code is not null
    group by company_uuid, code
    having
        count(*) > 1
        or not bool_and(valid_from is null or try_cast(valid_from as date) is not null)
        or not bool_and(valid_to is null or try_cast(valid_to as date) is not null)

    union all

    select company_uuid, code
    from current_values
    where code is not null
    group by company_uuid, code
    having count(*) > 1

),

value_changes as (

    select
        case when old.code is null then 'create' when new.code is null then 'delete' else 'update' end as action,
        coalesce(new.company_uuid, old.company_uuid) as company_uuid,
        coalesce(new.code, old.code) as code,
        old.code_as_spelled,
        old.previous,
        case when new.code is not null then cast(json_object(
            'code', coalesce(old.code_as_spelled, new.code),
            'names', json_array(
                json_object('culture', 'fr', 'value', coalesce(new.name, '')),
                json_object('culture', 'nl', 'value', coalesce(new.name, ''))
            ),
            'validityDateFrom', new.valid_from || 'T00:00:00Z',
            'validityDateTo', new.valid_to || 'T00:00:00Z'
        ) as varchar) end as payload_json,
        case when new.code is not null and old.code is not null then nullif(concat_ws(
            ',',
            case
                when old.name_fr is distinct from new.name or old.name_nl is distinct from new.name then 'names'
            end,
            case when old.valid_from is distinct from new.valid_from then 'validityDateFrom' end,
            case when old.valid_to is distinct from new.valid_to then 'validityDateTo' end
        ), '') end as changed_columns
    from (select * from agresso_values where is_open and code is not null) as new
    full outer join (select * from current_values where code is not null) as old
        on new.company_uuid = old.company_uuid and new.code = old.code
    where
        (new.code is not null and (old.code is null or changed_columns is not null))
        or (new.code is null and old.company_uuid in (select company_uuid from agresso_values))

),

value_requests as (

    select
        'projects' as scope,
        value_changes.action,
        companies.company_code || '/' || value_changes.code as entity_key,
        case value_changes.action when 'delete' then 5 else 1 end as phase,
        0 as rank_in_phase,
        case value_changes.action when 'delete' then 'DELETE' else 'POST' end as http_method,
        case value_changes.action
            when 'delete' then 'companies/{company_uuid}/axes/{axis}/{code}' else 'companies/{company_uuid}/axes/{axis}'
        end as path_template,
        cast(case value_changes.action
            when 'delete' then json_object(
                'company_uuid', value_changes.company_uuid, 'axis', 'projects', 'code', value_changes.code_as_spelled
            )
            else json_object('company_uuid', value_changes.company_uuid, 'axis', 'projects')
        end as varchar) as path_params_json,
        value_changes.payload_json,
        case
            when value_changes.previous is not null then cast(json_object(
                'code', previous[1], 'names', previous[2], 'validityDateFrom', previous[3], 'validityDateTo', previous[4]
            ) as varchar)
        end as previous_json,
        value_changes.changed_columns
    from value_changes
    inner join companies on value_changes.company_uuid = companies.company_uuid
    where not exists (
        select 1
        from rejected_values
        where
            rejected_values.company_uuid = value_changes.company_uuid
            and rejected_values.code = value_changes.code
    )

),

requests as (

    select * from user_requests
    union all
    select * from value_requests

)

select
    cast(row_number() over (order by phase, rank_in_phase, scope, entity_key) as integer) as sequence,
    scope,
    action,
    entity_key,
    http_method,
    path_template,
    path_params_json,
    payload_json,
    previous_json,
    changed_columns
from requests
