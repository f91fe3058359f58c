// Texts of the authentication log and the audit.

export const logs = {
  authentication: { title: 'Authentication log' },
  audit: { title: 'Audit' },
};
