/** A reason why a database was not exported or imported, which one sentence tells. */
export class DatabaseFault extends Error {}
