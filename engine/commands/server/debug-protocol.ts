// DEBUG PROTOCOL: a reply of each type, with the values that client libraries' tests expect.

import type { Context } from '../../contract/context.js';
import type { Reply } from '../../contract/reply.js';
import type { Args } from '../../util/args.js';

const SAMPLE_DOUBLE = 3141 / 1000;
const BIG_NUMBER = '1234567999999999999999999999999999999';
const TYPES = 'string|integer|double|bignum|null|array|set|map|attrib|push|verbatim|true|false';
const ERR_TYPE = `ERR Wrong protocol type name. Please use one of the following: ${TYPES}`;
const ERR_RESP2 = 'ERR RESP2 is not supported by this command';

function replyThree(reply: Reply): void {
  for (let i = 0; i < 3; i++) reply.integer(i);
}

function replyAttribute(reply: Reply, isResp3: boolean): void {
  if (isResp3) {
    reply.attribute(1);
    reply.text('key-popularity');
    reply.array(2);
    reply.text('key:123');
    reply.integer(90);
  }
  reply.text('Some real reply following the attribute');
}

function replyPush(reply: Reply, isResp3: boolean): void {
  if (!isResp3) {
    reply.error(ERR_RESP2);
    return;
  }
  reply.push(2);
  reply.text('server-cpu-usage');
  reply.integer(42);
  reply.text('Some real reply following the push reply');
}

const WRITERS: ReadonlyMap<string, (reply: Reply, isResp3: boolean) => void> = new Map([
  ['string', (reply: Reply) => reply.text('Hello World')],
  ['integer', (reply: Reply) => reply.integer(12345)],
  ['double', (reply: Reply) => reply.double(SAMPLE_DOUBLE)],
  ['bignum', (reply: Reply) => reply.bigNumber(BIG_NUMBER)],
  ['null', (reply: Reply) => reply.null()],
  [
    'array',
    (reply: Reply) => {
      reply.array(3);
      replyThree(reply);
    },
  ],
  [
    'set',
    (reply: Reply) => {
      reply.set(3);
      replyThree(reply);
    },
  ],
  [
    'map',
    (reply: Reply) => {
      reply.map(3);
      for (let i = 0; i < 3; i++) {
        reply.integer(i);
        reply.boolean(i === 1);
      }
    },
  ],
  ['attrib', replyAttribute],
  ['push', replyPush],
  ['verbatim', (reply: Reply) => reply.verbatim('txt', 'This is a verbatim\nstring')],
  ['true', (reply: Reply) => reply.boolean(true)],
  ['false', (reply: Reply) => reply.boolean(false)],
]);

export function debugProtocolCommand(ctx: Context, args: Args): void {
  const write = WRITERS.get(args.text(2).toLowerCase());
  if (write === undefined) ctx.reply.error(ERR_TYPE);
  else write(ctx.reply, ctx.session.resp === 3);
}
