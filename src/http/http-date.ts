const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
const time = '(?<hour>[01]\\d|2[0-3]):(?<minute>[0-5]\\d):(?<second>[0-5]\\d|60)'
const month = `(?<month>${months.join('|')})`

/** RFC 9110, 5.6.7: the form that is sent, and the two old ones that must be understood. */
const forms = [
  new RegExp(`^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), (?<day>\\d\\d) ${month} (?<year>\\d{4}) ${time} GMT$`),
  new RegExp(`^(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day, (?<day>\\d\\d)-${month}-(?<year>\\d\\d) ${time} GMT$`),
  new RegExp(`^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) ${month} (?<day>[ \\d]\\d) ${time} (?<year>\\d{4})$`)
]

/**
 * The time that an HTTP-date names, in ms since 1970; `null` where the text is none: a condition that holds such a text does not
 * count. `Date.parse` will not do: it takes much else for a date, and the last form for local time. `now` in ms.
 */
export function parseHttpDate (text: string, now = Date.now()): number | null {
  const parts = forms.map(form => form.exec(text)?.groups).find(groups => groups !== undefined)
  if (parts === undefined) return null
  const { day, month = '', year = '', hour, minute, second } = parts
  const at = Date.UTC(fullYear(year, now), months.indexOf(month), Number(day), Number(hour), Number(minute), Number(second))
  return Number(day) === new Date(at - Number(second) * 1000).getUTCDate() ? at : null
}

/** Two digits that seem to be more than 50 years ahead mean the last century. */
function fullYear (year: string, now: number): number {
  if (year.length > 2) return Number(year)
  const thisYear = new Date(now).getUTCFullYear()
  const inThisCentury = thisYear - thisYear % 100 + Number(year)
  return inThisCentury > thisYear + 50 ? inThisCentury - 100 : inThisCentury
}
