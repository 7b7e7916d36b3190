// An error reply as a value, for callers inside the process. Clients over a socket see its text.

/** The server refused or failed a command; `message` is the text, `code` its first word. */
export class ReplyError extends Error {
  override readonly name = 'ReplyError';
  readonly code: string;

  constructor(text: string) {
    super(text);
    const space = text.indexOf(' ');
    this.code = space < 0 ? text : text.slice(0, space);
  }
}
