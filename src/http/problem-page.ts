import type { FastifyReply, FastifyRequest } from 'fastify'
import { pageHeaders } from './pages/layout.js'
import { problemPage } from './pages/problem.js'
import { report, sendProblem } from './problem.js'

/** Answers with what went wrong: a person gets a page, a program the problem's details. `base`: what comes before the paths of this server. */
export function sendProblemPage (error: unknown, request: FastifyRequest, reply: FastifyReply, base: string) {
  if (!/\btext\/html\b/.test(request.headers.accept ?? '')) return sendProblem(error, request, reply)
  const described = report(error, request)
  return reply.code(described.status).headers({ ...pageHeaders, vary: 'Accept', 'cache-control': 'no-store', ...described.headers }).send(problemPage(described, base))
}

/** The path that the public URL brings before those of this server, such as '' or '/files'. */
export function basePath (publicUrl: string): string {
  return new URL(publicUrl).pathname.replace(/\/$/, '')
}
