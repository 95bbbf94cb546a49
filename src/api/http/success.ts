/** The envelope of the administrator's answers. */
export const success = <Data extends object, Status extends 200 | 201 = 200>(
  message: string,
  data: Data,
  status?: Status,
) => ({
  status: 'success' as const,
  status_code: (status ?? 200) as Status,
  message,
  data,
});
