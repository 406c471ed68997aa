/* page.js -- draws a study: sentences first, then pictures, then every number and some ladders.
 * Data only ever becomes text or lengths, never markup. */
"use strict";

const study = JSON.parse(document.getElementById("study").textContent);
const page = document.getElementById("page");
const metrics = Object.fromEntries(study.metrics.map((m) => [m.name, m]));
const several = study.sides.length > 1;
const charts = [];

/* ---- small things ---------------------------------------------------------------------------- */

function add(parent, tag, text, className) {
	const element = document.createElement(tag);
	if (text !== undefined && text !== null) element.textContent = text;
	if (className) element.className = className;
	parent.appendChild(element);
	return element;
}

function color(name) {
	return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

function duration(seconds) {
	if (seconds >= 3600) return `${(seconds / 3600).toFixed(1)} h`;
	if (seconds >= 120) return `${(seconds / 60).toFixed(1)} min`;
	return seconds < 1 ? `${(seconds * 1000).toFixed(0)} ms` : `${seconds.toFixed(1)} s`;
}

function shown(name, value) {
	const unit = metrics[name].unit;
	if (value === null) return "";
	if (unit === "share") return `${(value * 100).toFixed(1)} %`;
	if (unit === "time") return duration(value);
	if (unit === "ratio") return value.toFixed(2);
	return value === Math.floor(value) ? String(value) : value.toFixed(1);
}

function clock(seconds) {
	const minutes = Math.floor(seconds / 60), rest = Math.round(seconds % 60);
	return `${minutes}:${String(rest).padStart(2, "0")}`;
}

/* ---- sentences ------------------------------------------------------------------------------- */

function drawHead() {
	add(page, "h1", study.question);
	study.headlines.forEach((text, n) => add(page, "p", text, n === 0 ? "first" : "next"));
	const expectations = study.sides.flatMap((side) => side.expect);
	const broken = study.sides.flatMap((side) => side.violations).length;
	const unmet = expectations.filter((e) => !e.met).length;
	if (expectations.length > 0)
		add(page, "span", unmet === 0 ? `all ${expectations.length} expectations met` :
			`${unmet} of ${expectations.length} expectations not met`,
			`verdict ${unmet === 0 ? "good" : "bad"}`);
	add(page, "span", broken === 0 ? "no invariant broken" : `${broken} invariants broken`,
		`verdict ${broken === 0 ? "good" : "bad"}`);
	study.sides.flatMap((side) => side.errors).forEach((text) =>
		add(page, "span", text, "verdict bad"));
}

/* ---- charts ---------------------------------------------------------------------------------- */

/* The time of each fault, behind the curves. */
const faultBands = {
	id: "faultBands",
	beforeDatasetsDraw(chart) {
		const { ctx, chartArea, scales } = chart;
		if (!chart.options.showsFaults) return;
		ctx.save();
		const end = new Array(4).fill(-1);      /* of what is written in each line */
		study.faults.forEach((fault) => {
			const left = Math.max(scales.x.getPixelForValue(fault.from / 60), chartArea.left);
			const right = Math.min(Math.max(scales.x.getPixelForValue(fault.until / 60), left + 2),
				chartArea.right);
			if (left >= chartArea.right) return;
			ctx.fillStyle = color("--fault");
			ctx.fillRect(left, chartArea.top, right - left, chartArea.height);
			ctx.fillStyle = color("--bad");
			ctx.font = "11px system-ui, sans-serif";
			const words = `${fault.code ? fault.code + " " : ""}${fault.kind === "refuses" ? "" :
				fault.kind + " "}${fault.party}`;
			const line = Math.max(end.findIndex((x) => x < left), 0);
			end[line] = left + 10 + ctx.measureText(words).width;
			ctx.fillText(words, left + 4, chartArea.top + 12 + 12 * line);
		});
		ctx.restore();
	},
};

function panel(parent, title, note, wide) {
	const box = add(parent, "div", null, wide ? "panel wide" : "panel");
	add(box, "h3", title);
	if (note) add(box, "p", note, "note");
	return box;
}

/* make(): the configuration of a chart in the colors of now. */
function chart(parent, make, low) {
	const box = add(parent, "div", null, "chart");
	if (low) box.style.height = `${90 + 44 * study.sides.length}px`;
	const canvas = add(box, "canvas");
	charts.push({ make, chart: new Chart(canvas, make()) });
}

function axes(xTitle, yTitle, more) {
	const one = (title) => ({
		title: { display: Boolean(title), text: title, color: color("--soft") },
		ticks: { color: color("--soft"), maxRotation: 0 },
		grid: { color: color("--line") },
		beginAtZero: true,
	});
	return {
		animation: false, responsive: true, maintainAspectRatio: false,
		scales: { x: { type: "linear", ...one(xTitle) }, y: one(yTitle) },
		plugins: { legend: { labels: { color: color("--ink"), boxWidth: 18 } } },
		...more,
	};
}

function minutes() {
	const options = axes("minutes", null, { showsFaults: true });
	options.scales.x.max = study.duration / 60;
	return options;
}

function timeline(parent, title, note, series, scale) {
	const box = panel(parent, title, note);
	chart(box, () => ({
		type: "line",
		data: {
			datasets: study.sides.flatMap((side, s) => series.map((one, n) => ({
				label: several ? `${side.name}: ${one.label}` : one.label,
				data: side.series[one.name].map((value, i) =>
					({ x: i * side.series.step / 60, y: value * scale(side) })),
				borderColor: color(several ? `--side-${s}` : `--side-${n}`),
				borderDash: several && n > 0 ? [5, 4] : [],
				borderWidth: 1.8, pointRadius: 0, stepped: true,
			}))),
		},
		options: minutes(),
		plugins: [faultBands],
	}));
}

const outcomeColors = { reached: "#2da44e", rescued: "#bf8700", returned: "#8c6bc8",
	abandoned: "#e16f24", refused: "#8b949e", lost: "#cf222e", dropped: "#82071e" };

function drawOutcomes(parent) {
	const box = panel(parent, "What became of the callers who were handed back", null, true);
	const names = Object.keys(outcomeColors).filter((name) =>
		study.sides.some((side) => side.outcomes[name].count > 0));
	const total = (side) => Object.keys(outcomeColors).reduce((sum, name) =>
		sum + side.outcomes[name].count, 0) || 1;
	chart(box, () => {
		const options = axes("% of callers", null, { indexAxis: "y" });
		options.scales.x.stacked = options.scales.y.stacked = true;
		options.scales.x.max = 100;
		options.scales.y.type = "category";
		options.scales.y.ticks.color = color("--ink");
		return {
			type: "bar",
			data: {
				labels: study.sides.map((side) => side.name),
				datasets: names.map((name) => ({
					label: `${name}: ${study.outcomes[name]}`,
					data: study.sides.map((side) => 100 * side.outcomes[name].count / total(side)),
					backgroundColor: outcomeColors[name], barThickness: 34,
				})),
			},
			options,
		};
	}, true);
	const table = add(box, "table");
	const head = add(table, "tr");
	add(head, "th", "outcome");
	study.sides.forEach((side) => add(head, "th", side.name, "number"));
	names.forEach((name) => {
		const row = add(table, "tr");
		add(row, "td", study.outcomes[name]);
		study.sides.forEach((side) => {
			const one = side.outcomes[name];
			add(row, "td", `${one.count} (${(100 * one.low).toFixed(1)} to ` +
				`${(100 * one.high).toFixed(1)} %)`, "number");
		});
	});
	add(box, "p", "In brackets: 95 % interval (Wilson).", "note");
}

function drawTimes(parent) {
	const box = panel(parent, "How long until an agent answers", "Share of those who reached one " +
		"within so many seconds of the REFER.");
	chart(box, () => ({
		type: "line",
		data: {
			datasets: study.sides.map((side, s) => ({
				label: side.name,
				data: side.transfer_times.map((x, i) => ({ x, y: i })),
				borderColor: color(`--side-${s}`), borderWidth: 2, pointRadius: 0,
			})),
		},
		options: axes("seconds", "% of them"),
	}));
}

/* ---- numbers --------------------------------------------------------------------------------- */

function drawMetrics() {
	add(page, "h2", "Every number");
	const table = add(add(page, "div", null, "panel"), "table");
	const head = add(table, "tr");
	add(head, "th", "metric");
	study.sides.forEach((side) => add(head, "th", side.name, "number"));
	study.differences.forEach((d) => add(head, "th", several && study.sides.length > 2 ?
		`against ${study.sides[d.other].name}` : "difference"));
	add(head, "th", "what it is");
	study.metrics.forEach((m) => {
		const row = add(table, "tr");
		add(row, "td", m.name);
		study.sides.forEach((side) => add(row, "td", shown(m.name, side.values[m.name].mean),
			"number"));
		study.differences.forEach((d) => {
			const one = d.metrics[m.name];
			const better = m.better === "more" ? one.mean > 0 : one.mean < 0;
			add(row, "td", one.words, one.detectable ? (better ? "good" : "bad") : "note");
		});
		add(row, "td", m.meaning, "note");
	});
	if (study.repetitions > 1)
		add(page, "p", `Means of ${study.repetitions} repetitions. Differences are paired, with ` +
			"95 % intervals; all metrics were asked together (Holm).", "note");
}

function drawFlips(parent, d) {
	if (!d.paired) return;
	const first = study.sides[d.first].name, other = study.sides[d.other].name;
	const box = panel(parent, "The same callers on both sides",
		"Rows and columns: reached an agent or not. Bold: whose luck the configuration changed.");
	const table = add(box, "table", null, "flips");
	const head = add(table, "tr");
	add(head, "th", "");
	add(head, "th", `${other}: reached`);
	add(head, "th", `${other}: not`);
	[[`${first}: reached`, d.both, d.first_only], [`${first}: not`, d.other_only, d.neither]]
		.forEach((line, n) => {
			const row = add(table, "tr");
			add(row, "th", line[0]);
			add(row, "td", line[1], n === 1 ? "flipped" : "");
			add(row, "td", line[2], n === 0 ? "flipped" : "");
		});
	add(box, "p", d.p < 0.001 ? "McNemar: p < 0.001" : `McNemar: p = ${d.p.toFixed(3)}`, "note");
}

function drawCounts(parent, title, key) {
	const names = [...new Set(study.sides.flatMap((side) => Object.keys(side[key])))].sort();
	if (names.length === 0) return;
	const table = add(panel(parent, title), "table");
	const head = add(table, "tr");
	add(head, "th", "");
	study.sides.forEach((side) => add(head, "th", side.name, "number"));
	names.forEach((name) => {
		const row = add(table, "tr");
		add(row, "td", name);
		study.sides.forEach((side) => add(row, "td", side[key][name] || 0, "number"));
	});
}

function drawExpectations() {
	const all = study.sides.flatMap((side) => side.expect.map((e) => ({ ...e, side: side.name })));
	if (all.length === 0) return;
	add(page, "h2", "Expectations");
	const table = add(add(page, "div", null, "panel"), "table");
	all.forEach((e) => {
		const row = add(table, "tr");
		add(row, "td", e.met ? "met" : "not met", e.met ? "good" : "bad");
		if (several) add(row, "td", e.side);
		add(row, "td", e.text);
		add(row, "td", `got ${shown(e.metric, e.value)}`);
	});
	study.sides.forEach((side) => side.violations.forEach((v) => {
		const row = add(table, "tr");
		add(row, "td", "broken", "bad");
		if (several) add(row, "td", side.name);
		add(row, "td", `invariant ${v.invariant}: ${v.text}`);
		add(row, "td", `seed ${v.seed}, at ${clock(v.at)}`);
	}));
}

/* ---- ladders --------------------------------------------------------------------------------- */

const space = "http://www.w3.org/2000/svg";

function shape(parent, tag, attributes, text) {
	const element = document.createElementNS(space, tag);
	Object.entries(attributes).forEach(([name, value]) => element.setAttribute(name, value));
	if (text !== undefined) element.textContent = text;
	parent.appendChild(element);
	return element;
}

function drawLadder(parent, ladder, rows) {
	const steps = ladder.steps.filter((step) => rows || step[1] >= 0);
	const present = study.parties.map((p, i) => i).filter((i) =>
		ladder.steps.some((step) => step[1] === i));
	/* referee stands behind who calls: customers on its left, all others on its right. */
	const left = present.filter((i) => study.parties[i].role === "customers");
	const columns = [...left, -1, ...present.filter((i) => !left.includes(i))];
	const width = 128, margin = 76, line = 21;
	const x = (party) => margin + 48 + columns.indexOf(party) * width;
	const svg = shape(parent, "svg", { width: margin + 96 + (columns.length - 1) * width,
		height: 34 + steps.length * line + 14, role: "img" });
	const bottom = 30 + steps.length * line;
	columns.forEach((party) => {
		shape(svg, "line", { class: "life", x1: x(party), x2: x(party), y1: 20, y2: bottom });
		shape(svg, "text", { x: x(party), y: 13, "text-anchor": "middle" },
			party < 0 ? "referee" : study.parties[party].name);
	});
	const begin = ladder.steps.length > 0 ? ladder.steps[0][0] : 0;
	steps.forEach(([at, party, fromParty, label, lost], n) => {
		const y = 38 + n * line;
		shape(svg, "text", { class: "soft", x: 0, y: y + 4 }, `+${(at - begin).toFixed(3)} s`);
		if (party < 0) {
			shape(svg, "text", { class: "soft", x: x(-1) + 6, y: y + 4 }, label);
			return;
		}
		const from = fromParty ? x(party) : x(-1), to = fromParty ? x(-1) : x(party);
		const way = to > from ? 1 : -1, tip = to - way * 2;
		const kind = lost ? "lost" : /^[3-6]\d\d |\([3-6]\d\d\)/.test(label) ? "failed" : "";
		shape(svg, "line", { class: kind, x1: from, x2: tip, y1: y, y2: y });
		shape(svg, "path", { class: kind, fill: "none",
			d: `M${tip - way * 6} ${y - 4} L${tip} ${y} L${tip - way * 6} ${y + 4}` });
		shape(svg, "text", { class: kind, x: (from + to) / 2, y: y - 4, "text-anchor": "middle" },
			label + (lost ? " (lost)" : ""));
	});
}

function drawLadders() {
	const calls = [...new Set(study.sides.flatMap((side) => side.ladders.map((l) => l.call)))]
		.sort((a, b) => a - b);
	if (calls.length === 0) return;
	add(page, "h2", several && study.paired ? "Ladders, the same call side by side" : "Ladders");
	const select = add(page, "select");
	const label = add(page, "label", null, "rows");
	const box = add(label, "input");
	box.type = "checkbox";
	label.append(" with the rows that decided");
	const find = (side, call) => side.ladders.find((l) => l.call === call);
	calls.forEach((call) => {
		const words = study.sides.map((side) => find(side, call)).filter(Boolean)
			.map((l) => l.outcome);
		const at = study.sides.map((side) => find(side, call)).find(Boolean).began;
		const option = add(select, "option", `call ${call}, at ${clock(at)}: ${words.join(" / ")}`);
		option.value = call;
	});
	const area = add(page, "div", null, "ladders");
	function draw() {
		area.textContent = "";
		study.sides.forEach((side) => {
			const ladder = find(side, Number(select.value));
			if (!ladder) return;
			const one = panel(area, several ? `${side.name}: ${ladder.outcome}` : ladder.outcome,
				`session ${ladder.session}${ladder.wrap_up ? ", wrap-up " + ladder.wrap_up : ""}`);
			drawLadder(one, ladder, box.checked);
		});
	}
	select.addEventListener("change", draw);
	box.addEventListener("change", draw);
	const telling = calls.find((call) => new Set(study.sides.map((side) =>
		(find(side, call) || {}).outcome)).size > 1);
	if (telling !== undefined) select.value = telling;
	draw();
}

/* ---- the page -------------------------------------------------------------------------------- */

drawHead();
const pictures = add(page, "div", null, "grid");
pictures.style.marginTop = "26px";
drawOutcomes(pictures);
const perMinute = (side) => 60 / side.series.step;
timeline(pictures, "Callers, a minute", "Reached an agent; shaded: the fault.",
	several ? [{ name: "reached", label: "reached an agent" }] :
	[{ name: "calls", label: "called" }, { name: "reached", label: "reached an agent" }], perMinute);
timeline(pictures, "INVITEs to agents, a minute", several ? "Broken line: answered 503." : null,
	[{ name: "attempts", label: "sent" }, { name: "refusals", label: "answered 503" }], perMinute);
drawTimes(pictures);
timeline(pictures, "Agents and who waits for them", several ? "Broken line: callers who wait." : null,
	[{ name: "busy", label: "busy agents" }, { name: "waiting", label: "waiting" }], () => 1);
study.differences.forEach((d) => drawFlips(pictures, d));
drawCounts(pictures, "Wrap-up codes", "wrap_ups");
drawCounts(pictures, "How agents refused", "codes");
drawExpectations();
drawMetrics();
drawLadders();
add(page, "p", `referee ${study.referee}; seed ${study.seed}, ${study.repetitions} repetition` +
	`${study.repetitions === 1 ? "" : "s"}; calls for ${duration(study.duration)}, counted after ` +
	`${duration(study.warmup)}; configuration ${study.sides[0].config}.`, "note");

/* A change of the color scheme is a change of every chart. */
window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
	charts.forEach((one) => {
		const made = one.make();
		one.chart.data = made.data;
		one.chart.options = made.options;
		one.chart.update();
	});
});
document.documentElement.dataset.drawn = "yes";
