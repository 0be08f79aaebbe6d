-- Rights of n2f-sync on SQL Server: its database, its four schemas, its login's grants, and nothing else.
-- docs/sql-server.md says when to run it. A DBA runs it (sysadmin, or dbcreator and securityadmin, and db_owner of both
-- databases), as often as wanted: what is there is left as it is, no data is touched.
--
--     sqlcmd -S HOST -E -C -i docs/sql-server/setup.sql
--     (or in Management Studio: Query, SQLCMD Mode, Execute)
--
-- Change the four names here. :setvar is stronger than `sqlcmd -v`, so that what stands here is what counts.
-- Database may be the same as AgressoDatabase.
:setvar Database n2f
:setvar AgressoDatabase agresso
:setvar AgressoSchema dbo
:setvar Login n2f_sync
:on error exit

-- 1. The login. No password stands in a file: a login with a password is made beforehand, by hand.
--
--     create login [n2f_sync] with password = N'...', check_policy = on;
--
-- A Windows account has none, a group managed one has not even one that somebody knows. It is made here, when Login
-- above is, for example, FIRM\n2fsync$
use [master];
go
set nocount on;
if suser_id(N'$(Login)') is null and charindex(N'\', N'$(Login)') > 0
    create login [$(Login)] from windows;
if suser_id(N'$(Login)') is null
begin
    throw 50000, N'The login $(Login) does not exist: make it first, see the head of this script.', 1;
end;
go

-- 2. The database. Readers and a run do not wait for each other with read_committed_snapshot. It is switched on for a
-- database that this script makes; for one that is there already, see docs/sql-server.md.
if db_id(N'$(Database)') is null
begin
    create database [$(Database)];
    alter database [$(Database)] set read_committed_snapshot on;
end;
go

use [$(Database)];
go
set nocount on;
if user_id(N'$(Login)') is null
    create user [$(Login)] for login [$(Login)];

-- 3. Three roles. n2f_sync_owner owns the schemas and has no members: nobody gives rights away, and nothing else in the
-- database has this owner, so that no view made in these schemas opens tables that the login may not read.
if database_principal_id(N'n2f_sync_owner') is null
    create role n2f_sync_owner authorization dbo;
if database_principal_id(N'n2f_sync_job') is null
    create role n2f_sync_job authorization dbo;
if database_principal_id(N'n2f_sync_reader') is null
    create role n2f_sync_reader authorization dbo;
go

-- 4. The four schemas. The login cannot make a fifth one.
if schema_id(N'n2f_raw') is null exec (N'create schema n2f_raw authorization n2f_sync_owner');
if schema_id(N'n2f_staging') is null exec (N'create schema n2f_staging authorization n2f_sync_owner');
if schema_id(N'n2f_diff') is null exec (N'create schema n2f_diff authorization n2f_sync_owner');
if schema_id(N'n2f_sync') is null exec (N'create schema n2f_sync authorization n2f_sync_owner');
if exists (
    select 1 from sys.schemas
    where name in (N'n2f_raw', N'n2f_staging', N'n2f_diff', N'n2f_sync')
        and principal_id <> database_principal_id(N'n2f_sync_owner')
)
begin
    alter authorization on schema::n2f_raw to n2f_sync_owner;
    alter authorization on schema::n2f_staging to n2f_sync_owner;
    alter authorization on schema::n2f_diff to n2f_sync_owner;
    alter authorization on schema::n2f_sync to n2f_sync_owner;
end;
go

-- 5. What the job may do.
-- dbt makes a view, a table from it, renames the table, drops the old one: create in the database, alter in the schema.
grant create table to n2f_sync_job;
grant create view to n2f_sync_job;
grant alter, select, insert on schema::n2f_staging to n2f_sync_job;
grant alter, select, insert on schema::n2f_diff to n2f_sync_job;
-- The loader notes the end of snapshots and runs in the row of their beginning. `n2f-sync prune` deletes old snapshots,
-- and history only where somebody grants it:
--
--     grant delete on schema::n2f_sync to n2f_sync_job;
grant alter, select, insert, update, delete on schema::n2f_raw to n2f_sync_job;
grant alter, select, insert, update on schema::n2f_sync to n2f_sync_job;
-- Before dbt-sqlserver drops a view it asks which other views use it. Reading that list needs both of these. They show
-- names and definitions of what is in this database, and no data.
grant view definition to n2f_sync_job;
grant select on sys.sql_expression_dependencies to n2f_sync_job;
alter role n2f_sync_job add member [$(Login)];
go

-- 6. What people may do who look at plans and results and hold rows back. Rights on schemas outlive every run; rights on
-- single tables of n2f_diff do not, since each run makes these tables anew. n2f_raw and n2f_sync hold personal data.
--
--     alter role n2f_sync_reader add member [FIRM\dba];
grant select on schema::n2f_raw to n2f_sync_reader;
grant select on schema::n2f_diff to n2f_sync_reader;
grant select on schema::n2f_sync to n2f_sync_reader;
if object_id(N'n2f_sync.holds', N'U') is not null
begin
    grant insert on n2f_sync.holds to n2f_sync_reader;
    grant update (held_until) on n2f_sync.holds to n2f_sync_reader;
end
else
    print N'n2f_sync.holds comes with the first run: run this script again after it, for the right to hold rows back.';
go

-- 7. Agresso: two views, read only. No right on a table is needed as long as views and tables have one owner and are in
-- one database (ownership chaining); where they are not, that is the business of whoever owns the views.
use [$(AgressoDatabase)];
go
set nocount on;
if object_id(N'[$(AgressoSchema)].[iris_N2F_User]') is null
    or object_id(N'[$(AgressoSchema)].[iris_N2F_Analytics]') is null
begin
    throw 50000, N'iris_N2F_User or iris_N2F_Analytics is not in $(AgressoDatabase).$(AgressoSchema).', 1;
end;
if user_id(N'$(Login)') is null
    create user [$(Login)] for login [$(Login)];
grant select on [$(AgressoSchema)].[iris_N2F_User] to [$(Login)];
grant select on [$(AgressoSchema)].[iris_N2F_Analytics] to [$(Login)];
go

-- 8. What came of it, to be read. In Agresso's database: connect, select on the two views, and no role. Whatever stands
-- at `public` everybody has, this login too. Last, the server: connect, and no role.
select
    db_name() as in_database,
    grantees.name as grantee,
    permissions.state_desc as state,
    permissions.permission_name as permission,
    case permissions.class
        when 0 then db_name()
        when 1 then concat(object_schema_name(permissions.major_id), N'.', object_name(permissions.major_id))
        when 3 then schema_name(permissions.major_id)
    end as on_what
from sys.database_permissions as permissions
inner join sys.database_principals as grantees on permissions.grantee_principal_id = grantees.principal_id
where grantees.name = N'$(Login)'
    or (grantees.name = N'public' and permissions.major_id >= 0)
order by grantee, on_what, permission;

select db_name() as in_database, roles.name as role_name, members.name as member_name
from sys.database_role_members as memberships
inner join sys.database_principals as roles on memberships.role_principal_id = roles.principal_id
inner join sys.database_principals as members on memberships.member_principal_id = members.principal_id
where members.name = N'$(Login)'
order by role_name;
go
use [$(Database)];
go
select
    db_name() as in_database,
    grantees.name as grantee,
    permissions.state_desc as state,
    permissions.permission_name as permission,
    case permissions.class
        when 0 then db_name()
        when 1 then concat(object_schema_name(permissions.major_id), N'.', object_name(permissions.major_id))
        when 3 then schema_name(permissions.major_id)
    end as on_what
from sys.database_permissions as permissions
inner join sys.database_principals as grantees on permissions.grantee_principal_id = grantees.principal_id
where grantees.name in (N'$(Login)', N'n2f_sync_job', N'n2f_sync_owner', N'n2f_sync_reader')
    or (grantees.name = N'public' and permissions.major_id >= 0)
order by grantee, on_what, permission;

select db_name() as in_database, roles.name as role_name, members.name as member_name
from sys.database_role_members as memberships
inner join sys.database_principals as roles on memberships.role_principal_id = roles.principal_id
inner join sys.database_principals as members on memberships.member_principal_id = members.principal_id
where members.name = N'$(Login)' or roles.name in (N'n2f_sync_job', N'n2f_sync_owner', N'n2f_sync_reader')
order by role_name, member_name;

select
    logins.name as login_name,
    permissions.permission_name as permission,
    roles.name as role_name
from sys.server_principals as logins
left join sys.server_permissions as permissions on permissions.grantee_principal_id = logins.principal_id
left join sys.server_role_members as memberships on memberships.member_principal_id = logins.principal_id
left join sys.server_principals as roles on memberships.role_principal_id = roles.principal_id
where logins.name = N'$(Login)';
go
