/** Something that the operator has to change. The message is one line that says what. */
export class OperatorError extends Error {}
