// What Chromium writes to the console by itself when a request is refused or gets no answer. A test that provokes this
// takes exactly that out, and nothing else.

/** Takes the refusals with these statuses out of the complaints. */
export function provoked(complaints: string[], ...statuses: number[]): void {
  take(complaints, (text) => statuses.some((status) => text.includes(`responded with a status of ${status} `)));
}

/** Takes those out that got no answer at all. */
export function unanswered(complaints: string[]): void {
  take(complaints, (text) => text.includes('Failed to load resource: net::ERR_'));
}

function take(complaints: string[], wanted: (text: string) => boolean): void {
  complaints.splice(0, complaints.length, ...complaints.filter((text) => !wanted(text)));
}
