// The errors of the clause `FIELDS count field ...`.

export const FIELD_COUNT =
  '(error) ERR numfields should be greater than 0 and match the provided number of fields';
