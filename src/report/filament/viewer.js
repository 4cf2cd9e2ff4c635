// One viewer per film: a point view of the lattice that turns under the pointer, and a slider over frames.
(function () {
  "use strict";
  function unpack(text, wide) {
    const raw = atob(text), bytes = new Uint8Array(raw.length);
    for (let i = 0; i < raw.length; i++) bytes[i] = raw.charCodeAt(i);
    return wide ? new Uint32Array(bytes.buffer) : new Uint16Array(bytes.buffer);
  }
  function quantity(value, unit) {
    if (!isFinite(value)) return "–";
    if (value === 0) return "0 " + unit;
    const prefixes = { "-15": "f", "-12": "p", "-9": "n", "-6": "µ", "-3": "m", "0": "", "3": "k", "6": "M" };
    let power = Math.floor(Math.log10(Math.abs(value)) / 3 + 1e-9) * 3;
    power = Math.max(-15, Math.min(6, power));
    const text = String(parseFloat((value / Math.pow(10, power)).toPrecision(3))).replace("-", "\u2212");
    return text + " " + prefixes[power] + unit;
  }
  function start(root) {
    const film = JSON.parse(root.querySelector("script[type='application/json']").textContent);
    const [nx, ny, nz] = film.size, wide = nx * ny * nz > 65536;
    const canvas = root.querySelector("canvas"), ctx = canvas.getContext("2d");
    const slider = root.querySelector("input[type=range]"), play = root.querySelector("button");
    const reading = root.querySelector("output"), heat = root.querySelector("input[type=checkbox]");
    const choice = root.querySelector("select");
    let turn = -0.5, tilt = 0.22, zoom = 1, timer = null, cell = 0;
    slider.max = film.time.length - 1;
    root.hidden = false;
    // Balls are drawn once and stamped; the lit side is up and left.
    function ball(light, dark) {
      const sprite = document.createElement("canvas");
      sprite.width = sprite.height = 64;
      const c = sprite.getContext("2d"), g = c.createRadialGradient(24, 22, 4, 32, 32, 31);
      g.addColorStop(0, light); g.addColorStop(1, dark);
      c.fillStyle = g; c.beginPath(); c.arc(32, 32, 31, 0, 7); c.fill();
      return sprite;
    }
    const vacancy = ball("#8fd0ff", "#004d7a"), ion = ball("#ffc48a", "#b34a00");
    function view(w, h) {
      const scale = 0.72 * zoom * Math.min(w / Math.hypot(nx, ny), h / (nz + 0.55 * Math.hypot(nx, ny) * Math.sin(Math.abs(tilt)) + 2));
      const ct = Math.cos(turn), st = Math.sin(turn), cp = Math.cos(tilt), sp = Math.sin(tilt);
      return function (x, y, z) {
        const a = x - nx / 2, b = y - ny / 2, c = z - nz / 2;
        const u = ct * a - st * b, d = st * a + ct * b;
        return [w / 2 + scale * u, h / 2 - scale * (cp * c + sp * d), sp * c - cp * d, scale];
      };
    }
    function quad(at, points, fill, line) {
      ctx.beginPath();
      points.forEach(function (p, i) { const q = at(p[0], p[1], p[2]); i ? ctx.lineTo(q[0], q[1]) : ctx.moveTo(q[0], q[1]); });
      ctx.closePath();
      if (fill) { ctx.fillStyle = fill; ctx.fill(); }
      if (line) { ctx.strokeStyle = line; ctx.stroke(); }
    }
    function slab(at, low, high, top, side) {
      const c = [[0, 0], [nx, 0], [nx, ny], [0, ny]];
      // Sides that face away are covered by those that face the reader.
      const faces = c.map(function (p, i) {
        const q = c[(i + 1) % 4];
        return { p: p, q: q, d: at((p[0] + q[0]) / 2, (p[1] + q[1]) / 2, (low + high) / 2)[2] };
      }).sort(function (a, b) { return a.d - b.d; });
      faces.forEach(function (f) {
        quad(at, [[f.p[0], f.p[1], low], [f.q[0], f.q[1], low], [f.q[0], f.q[1], high], [f.p[0], f.p[1], high]], side, "#555");
      });
      const lid = tilt >= 0 ? high : low;
      quad(at, c.map(function (p) { return [p[0], p[1], lid]; }), top, "#555");
    }
    function warm(share) {
      // From white over orange to dark red: order is kept in grey.
      const stops = [[255, 255, 255], [253, 208, 162], [253, 141, 60], [217, 72, 1], [127, 39, 4]];
      const s = Math.max(0, Math.min(0.9999, share)) * 4, i = Math.floor(s), f = s - i;
      return stops[i].map(function (v, k) { return Math.round(v + f * (stops[i + 1][k] - v)); });
    }
    function draw() {
      const ratio = window.devicePixelRatio || 1, w = canvas.clientWidth, h = canvas.clientHeight;
      canvas.width = Math.round(w * ratio); canvas.height = Math.round(h * ratio);
      ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
      ctx.fillStyle = "#fff"; ctx.fillRect(0, 0, w, h);
      ctx.font = "12px system-ui, sans-serif"; ctx.lineWidth = 0.8;
      const at = view(w, h), k = Number(slider.value), frame = film.cells[cell][k];
      const thick = Math.max(0.8, 0.1 * nz);
      const lower = function () {
        ctx.globalAlpha = tilt >= 0 ? 1 : 0.3; slab(at, -thick, 0, "#9a9a9a", "#7d7d7d"); ctx.globalAlpha = 1;
      };
      const upper = function () {
        ctx.globalAlpha = 0.22; slab(at, nz, nz + thick, "#c9b458", "#a8923c"); ctx.globalAlpha = 1;
      };
      if (tilt >= 0) lower(); else upper();
      const c = [[0, 0], [nx, 0], [nx, ny], [0, ny]];
      c.forEach(function (p) {
        const a = at(p[0], p[1], 0), b = at(p[0], p[1], nz);
        ctx.strokeStyle = "#bbb"; ctx.beginPath(); ctx.moveTo(a[0], a[1]); ctx.lineTo(b[0], b[1]); ctx.stroke();
      });
      const points = [];
      [[unpack(frame.vacancies, wide), vacancy, 0.5], [unpack(frame.ions, wide), ion, 0.36]].forEach(function (kind) {
        kind[0].forEach(function (s) {
          const q = at(s % nx + 0.5, Math.floor(s / nx) % ny + 0.5, Math.floor(s / (nx * ny)) + 0.5);
          points.push([q[0], q[1], q[2], kind[1], kind[2] * q[3]]);
        });
      });
      points.sort(function (a, b) { return a[2] - b[2]; });
      const reach = Math.hypot(nx, ny, nz) / 2, middle = at(nx / 2, ny / 2, nz / 2)[2];
      function stamp(p) {
        ctx.globalAlpha = 0.45 + 0.55 * Math.max(0, Math.min(1, (p[2] + reach) / (2 * reach)));
        ctx.drawImage(p[3], p[0] - p[4], p[1] - p[4], 2 * p[4], 2 * p[4]);
        ctx.globalAlpha = 1;
      }
      const hot = heat.checked, plane = frame.plane;
      if (hot) {
        const t = unpack8(frame.heat), span = film.hottest - film.coolest || 1;
        for (let z = 0; z < nz; z++) for (let x = 0; x < nx; x++) {
          const share = t[z * nx + x] / 255, rgb = warm(share);
          ctx.fillStyle = "rgba(" + rgb.join(",") + "," + (0.3 + 0.6 * share).toFixed(2) + ")";
          const a = at(x, plane, z), b = at(x + 1, plane, z), d = at(x + 1, plane, z + 1), e = at(x, plane, z + 1);
          ctx.beginPath(); ctx.moveTo(a[0], a[1]); ctx.lineTo(b[0], b[1]); ctx.lineTo(d[0], d[1]); ctx.lineTo(e[0], e[1]); ctx.fill();
        }
        for (let i = 0; i <= 100; i++) {
          ctx.fillStyle = "rgb(" + warm(i / 100).join(",") + ")"; ctx.fillRect(w - 132 + i, h - 34, 1.5, 9);
        }
        ctx.strokeStyle = "#555"; ctx.strokeRect(w - 132, h - 34, 101, 9);
        ctx.fillStyle = "#1c1c1c"; ctx.textAlign = "left"; ctx.fillText(Math.round(film.coolest) + " K", w - 136, h - 10);
        ctx.textAlign = "right"; ctx.fillText(Math.round(film.coolest + span) + " K", w - 22, h - 10);
      }
      points.forEach(stamp);
      if (tilt >= 0) upper(); else lower();
      // Names of the electrodes beside their rightmost corner.
      ctx.fillStyle = "#1c1c1c"; ctx.textAlign = "left";
      [["active electrode", nz + thick / 2], ["inert electrode (0 V)", -thick / 2]].forEach(function (name) {
        const right = c.map(function (p) { return at(p[0], p[1], name[1]); }).sort(function (a, b) { return b[0] - a[0]; })[0];
        ctx.fillText(name[0], right[0] + 8, right[1] + 4);
      });
      const step = film.bar, length = step / film.spacing * at(0, 0, 0)[3];
      ctx.strokeStyle = "#1c1c1c"; ctx.lineWidth = 2; ctx.beginPath(); ctx.moveTo(16, h - 16); ctx.lineTo(16 + length, h - 16); ctx.stroke();
      ctx.textAlign = "center"; ctx.fillText(quantity(step, "m"), 16 + length / 2, h - 22);
      [[vacancy, "oxygen vacancy", 16], [ion, "oxygen ion", 34]].forEach(function (entry) {
        ctx.drawImage(entry[0], 10, entry[2] - 7, 13, 13); ctx.textAlign = "left"; ctx.fillText(entry[1], 28, entry[2] + 4);
      });
      reading.textContent = quantity(film.time[k], "s") + "   applied " + quantity(film.voltage[k], "V") +
        "   current " + quantity(frame.current, "A") + "   " + unpack(frame.vacancies, wide).length + " vacancies, " +
        unpack(frame.ions, wide).length + " ions in the oxide";
    }
    function unpack8(text) {
      const raw = atob(text), bytes = new Uint8Array(raw.length);
      for (let i = 0; i < raw.length; i++) bytes[i] = raw.charCodeAt(i);
      return bytes;
    }
    function stop() { clearInterval(timer); timer = null; play.textContent = "Play"; }
    play.addEventListener("click", function () {
      if (timer) return stop();
      if (Number(slider.value) >= Number(slider.max)) slider.value = 0;
      play.textContent = "Pause";
      timer = setInterval(function () {
        if (Number(slider.value) >= Number(slider.max)) return stop();
        slider.value = Number(slider.value) + 1; draw();
      }, 90);
    });
    slider.addEventListener("input", draw);
    heat.addEventListener("change", draw);
    if (choice) choice.addEventListener("change", function () { cell = Number(choice.value); draw(); });
    let last = null;
    canvas.addEventListener("pointerdown", function (e) { last = [e.clientX, e.clientY]; canvas.setPointerCapture(e.pointerId); });
    canvas.addEventListener("pointermove", function (e) {
      if (!last) return;
      turn += (e.clientX - last[0]) * 0.01;
      tilt = Math.max(-1.4, Math.min(1.4, tilt + (e.clientY - last[1]) * 0.01));
      last = [e.clientX, e.clientY]; draw();
    });
    canvas.addEventListener("pointerup", function () { last = null; });
    canvas.addEventListener("keydown", function (e) {
      const move = { ArrowLeft: [-0.1, 0], ArrowRight: [0.1, 0], ArrowUp: [0, 0.1], ArrowDown: [0, -0.1] }[e.key];
      if (!move) { if (e.key === "+" || e.key === "-") { zoom *= e.key === "+" ? 1.1 : 1 / 1.1; draw(); } return; }
      e.preventDefault(); turn += move[0]; tilt = Math.max(-1.4, Math.min(1.4, tilt + move[1])); draw();
    });
    window.addEventListener("resize", draw);
    const first = Number(root.dataset.frame || 0);
    slider.value = first; draw();
  }
  document.querySelectorAll(".viewer").forEach(start);
})();
