// Tells each instant of the page in the reader's own zone too, behind the zone that is printed.
const formed = new Intl.DateTimeFormat(document.documentElement.lang || "en", {
  day: "numeric",
  month: "short",
  hour: "2-digit",
  minute: "2-digit",
  hourCycle: "h23",
  timeZoneName: "short",
});

// Minutes ahead of UTC in which an instant is printed.
function printed(text) {
  const found = /([+-])(\d\d):?(\d\d)$/.exec(text);
  return found ? Number(`${found[1]}1`) * (60 * Number(found[2]) + Number(found[3])) : 0;
}

for (const each of document.querySelectorAll("time[datetime*='T'], [data-instant]")) {
  const text = each.dataset.instant ?? each.getAttribute("datetime");
  const at = new Date(text);
  if (Number.isNaN(at.getTime()) || -at.getTimezoneOffset() === printed(text)) continue;
  each.append(` (${formed.format(at)})`);
}
