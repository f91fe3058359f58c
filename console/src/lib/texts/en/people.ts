// Texts of the pages about users, user groups, roles, personas, content sets and computer groups.

export const people = {
  users: { title: 'Users' },
  groups: { title: 'User groups' },
  roles: { title: 'Roles' },
  personas: { title: 'Personas' },
  contentSets: { title: 'Content sets' },
  computerGroups: { title: 'Computer groups' },
};
