import { Type } from '@fastify/type-provider-typebox'

/** What a signed link carries in its query. */
export const LinkParameters = {
  exp: Type.Optional(Type.String({ description: 'when the link ends, in seconds since 1970' })),
  sig: Type.Optional(Type.String({ description: 'the signature of the link' }))
}
