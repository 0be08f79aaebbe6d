-- Grain: one row per resource and field that N2F is sent, with the column of Agresso's view that it is made of and the
-- rule in words, for people who ask why. The rules themselves stand in int_users_mapped and int_axis_values_mapped;
-- a field that is not named here is told without words.
{%- set known = {
    'mail': ['AdresseEmail', 'in lower case; the key'],
    'firstname': ['Prenom', 'as it is'],
    'lastname': ['Nom', 'as it is'],
    'jobTitle': ['Fonction', 'as it is'],
    'employeeNumber': ['Matricule', 'as it is'],
    'accountingAuxiliaryAccount': ['Compte_Auxiliaire_Agresso', 'as it is'],
    'company': ['Entreprise', 'the N2F company with exactly this code'],
    'role': ['Role', 'a name in any culture, as its French name; empty is Utilisateur'],
    'profile': ['Profil', 'a name in any culture, as its French name; empty is Standard'],
    'managerMail': ['Manager', 'in lower case; kept where the manager will be in N2F'],
    'canCreateVehicle': ['Creation_Vehicule', 'as it is; case does not count'],
    'personnalCarHaveToBeApproved': ['Appro_Veh_Adm', 'yes or no'],
    'removeHomeWorkDistance': ['Deduction_Distance_TravDom', 'yes or no'],
    'gotProPayment': ['Moyen_Paiement_Prof', 'yes or no'],
    'canRaiseLimits': ['Droit_Relever_Plafond', 'yes or no'],
    'culture': ['langue', 'in lower case; empty is fr'],
    'currencyIsoCode': ['Devise', 'in upper case; empty is EUR'],
    'structure': ['Structure', 'as it is; empty is L3'],
    'authMode': ['Methode_SSO', 'Saml or empty is Sso, in the sandbox always Integrated; case does not count'],
} %}
{%- set values = [
    ['code', 'code', 'as it is; the key'],
    ['names', 'description', 'the French and the Dutch name'],
    ['validityDateFrom', 'date_from', 'the day; 1900-01-01 and 2099-12-31 are none'],
    ['validityDateTo', 'date_to', 'the day; 1900-01-01 and 2099-12-31 are none'],
] %}
{%- set origins = [] %}
{%- for name in ['mail'] + user_fields() | map(attribute='name') | list %}
{%- do origins.append(['users', loop.index, name] + known.get(name, [none, none])) %}
{%- endfor %}
{%- for name, column, rule in values %}
{%- do origins.append(['axis_values', loop.index, name, column, rule]) %}
{%- endfor %}

with origins as (
    {% for resource, place, name, column, rule in origins %}
    select
        {{ text_literal(resource) }} as resource,
        {{ place }} as place,
        {{ text_literal(name) }} as field,
        {{ text_literal(column) if column else as_text('null') }} as agresso_column,
        {{ text_literal(rule) if rule else as_text('null') }} as rule_in_words
    {{ "union all" if not loop.last }}
    {%- endfor %}

)

select * from origins
