-- Grain: one row per row of Agresso's view of users, cleaned: trimmed, empty as NULL, numbers as plain decimals.
-- The view is read here alone, once per build, so that a view that changes meanwhile cannot split a plan.
{%- set columns = agresso_columns()['iris_N2F_User'] %}

with source as (

    select * from {{ source('agresso', 'iris_N2F_User') }}

),

cleaned as (

    select
        {{ text('AdresseEmail') }} as adresse_email,
        {{ text('Prenom') }} as prenom,
        {{ text('Nom') }} as nom,
        {{ text('Entreprise') }} as entreprise,
        {{ text('Fonction') }} as fonction,
        {{ text('Role') }} as role,
        {{ text('Profil') }} as profil,
        {{ text('Manager') }} as manager,
        {{ text('Compte_Auxiliaire_Agresso') }} as compte_auxiliaire_agresso,
        {{ text('Moyen_Paiement_Prof') }} as moyen_paiement_prof,
        {{ text('Compte_Auxiliaire2') }} as compte_auxiliaire2,
        {{ text('Matricule') }} as matricule,
        {{ text('Centre_Cout') }} as centre_cout,
        {{ text('Creation_Vehicule') }} as creation_vehicule,
        {{ text('Appro_Veh_Adm') }} as appro_veh_adm,
        {{ text('Deduction_Distance_TravDom') }} as deduction_distance_trav_dom,
        {{ text('Distance_TravDom') }} as distance_trav_dom,
        {{ text('Devise') }} as devise,
        {{ text('langue') }} as langue,
        {{ text('Structure') }} as structure,
        {{ text('Champs_Liaison_SSO') }} as champs_liaison_sso,
        {{ text('Droit_Relever_Plafond') }} as droit_relever_plafond,
        {{ text('Methode_SSO') }} as methode_sso,
        {{ text('Update_Champs_Perso') }} as update_champs_perso,
        {{ text('Nouveau_Email') }} as nouveau_email,
        {{ text('Action') }} as action,
        {{ text('CompanyID') }} as company_id,
        {{ text('LocationID') }} as location_id,
        {{ text('DivisionID') }} as division_id
    from source
    {{ columns_as_text('source', columns) }}

)

select * from cleaned
