"""The style of the pages: one sheet, in the page itself; contrast of text at least 7 to 1, targets at least 44 px."""

from __future__ import annotations

STYLE = """
:root{--ink:#16202b;--soft:#46535f;--line:#c3ccd5;--ground:#f3f6f9;--blue:#0b3d74;--ok:#0d5430;--warn:#6b4500;
--bad:#8c1414}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%}
body{margin:0;min-height:100vh;display:flex;flex-direction:column;color:var(--ink);background:var(--ground);
font:1.0625rem/1.55 "Noto Sans","Segoe UI",Roboto,"Helvetica Neue",Arial,"DejaVu Sans",sans-serif;
overflow-wrap:break-word}
.wrap{width:100%;max-width:46rem;margin:0 auto;padding:0 1rem}
body>header{background:var(--blue);border-bottom:4px solid #c8102e}
body>header a{display:inline-block;padding:.9rem 0;color:#fff;font-weight:700;text-decoration:none}
body>header a:hover{text-decoration:underline}
main.wrap{flex:1;padding-top:1.4rem;padding-bottom:2rem}
body>footer{color:var(--soft);border-top:1px solid var(--line);background:#fff;font-size:.9rem}
body>footer p{margin:.9rem 0}
.skip{position:absolute;left:-99rem}
.skip:focus{left:.5rem;top:.5rem;background:#fff;color:var(--blue);padding:.6rem 1rem;z-index:1}
a{color:var(--blue)}
a:focus-visible,button:focus-visible,input:focus-visible,summary:focus-visible{outline:3px solid #b35900;
outline-offset:2px}
body>header a:focus-visible{outline-color:#ffd27f}
h1{font-size:1.55rem;line-height:1.25;margin:0 0 .8rem}
h2{font-size:1.2rem;line-height:1.3;margin:1.8rem 0 .6rem}
h3{font-size:1.05rem;margin:0}
p{margin:.5rem 0}
ul{margin:.4rem 0;padding-left:1.3rem}
.panel{background:#fff;border:1px solid var(--line);border-radius:.5rem;padding:1rem 1.1rem 1.2rem;margin:1rem 0}
.panel h2{margin-top:0}
label{display:block;font-weight:700;margin:.2rem 0 .3rem}
.hint{color:var(--soft);font-size:.95rem;margin:.2rem 0 .5rem}
input[type=text],input[type=file]{width:100%;min-height:2.9rem;font:inherit;color:inherit;background:#fff;
border:2px solid #66727d;border-radius:.35rem;padding:.55rem .7rem}
input[type=text]{font-family:"DejaVu Sans Mono",Consolas,Menlo,monospace;letter-spacing:.04em}
input[type=text]::placeholder{color:#66727d}
button,.button{display:inline-block;min-height:2.9rem;font:inherit;font-weight:700;color:#fff;
background:var(--blue);border:0;border-radius:.35rem;padding:.65rem 1.4rem;margin-top:.8rem;cursor:pointer;
text-decoration:none}
button:hover,.button:hover{background:#072a52}
.box{background:#fff;border:1px solid var(--line);border-left:.6rem solid var(--soft);border-radius:.4rem;
padding:.8rem 1.1rem;margin:1rem 0}
.box b.word{display:block;font-size:1.4rem;line-height:1.25;margin-bottom:.3rem}
.box h2{margin:0 0 .3rem}
.box.info{border-left-color:var(--blue)}.box.info b.word{color:var(--blue)}
.box.ok,.box.PASSED{border-left-color:var(--ok)}.box.ok b.word,.box.PASSED b.word{color:var(--ok)}
.box.warn,.box.INDETERMINATE{border-left-color:var(--warn)}
.box.warn b.word,.box.INDETERMINATE b.word{color:var(--warn)}
.box.bad,.box.FAILED{border-left-color:var(--bad)}.box.bad b.word,.box.FAILED b.word{color:var(--bad)}
.test{background:#fff3d6;border:2px dashed var(--warn);border-radius:.4rem;padding:.6rem 1rem;margin:1rem 0}
dl.facts{display:grid;grid-template-columns:13rem 1fr;margin:1rem 0;background:#fff;border:1px solid var(--line);
border-radius:.4rem}
dl.facts dt,dl.facts dd{margin:0;padding:.5rem .9rem;border-top:1px solid var(--line)}
dl.facts dt:first-of-type,dl.facts dd:first-of-type{border-top:0}
dl.facts dt{color:var(--soft);font-weight:600}
.facts .note{display:block;color:var(--soft);font-size:.9rem}
code{font:.95em "DejaVu Sans Mono",Consolas,Menlo,monospace;overflow-wrap:anywhere}
.code{font:700 1.15rem "DejaVu Sans Mono",Consolas,Menlo,monospace;letter-spacing:.05em;white-space:nowrap}
dl.words dt{font-weight:700;margin-top:.6rem}dl.words dd{margin:0 0 0 1rem}
.card{background:#fff;border:1px solid var(--line);border-radius:.4rem;margin:.8rem 0;overflow:hidden}
.card>header{display:flex;flex-wrap:wrap;gap:.3rem 1rem;justify-content:space-between;background:#e8edf2;
border:0;padding:.6rem .9rem}
.card dl.facts{border:0;margin:0;border-radius:0}
.tag{font-weight:700}.tag.PASSED{color:var(--ok)}.tag.INDETERMINATE{color:var(--warn)}.tag.FAILED{color:var(--bad)}
details{background:#fff;border:1px solid var(--line);border-radius:.4rem;margin:1rem 0;padding:0 1rem}
summary{cursor:pointer;font-weight:700;padding:.7rem 0;min-height:2.9rem}
.report{font-size:.92rem}.report h2{font-size:1.05rem}
.report table{border-collapse:collapse;width:100%}
.report th,.report td{border:1px solid var(--line);padding:.3rem .45rem;text-align:left;vertical-align:top;
overflow-wrap:anywhere}
.report th{background:var(--ground);width:11rem}.report thead th{width:auto}
.report .wide{overflow-x:auto}.report .FAILED{color:var(--bad)}.report .INDETERMINATE{color:var(--warn)}
.report .PASSED{color:var(--ok)}.report .small{color:var(--soft)}
.report .verdict b{font-size:1.2rem}
.small{color:var(--soft);font-size:.92rem}
@media(max-width:34rem){
body{font-size:1rem}h1{font-size:1.35rem}
dl.facts{display:block}dl.facts dt{padding-bottom:0}dl.facts dd{border-top:0;padding-top:.1rem}
dl.facts dd:first-of-type{border-top:0}
button,.button{width:100%;text-align:center}.report th{width:7.5rem}
}
@media print{body{background:#fff;font-size:11pt}body>header{background:#fff;border-color:#000}
body>header a{color:#000}
form,.skip,.button,.noprint{display:none}.box,.card,.facts{break-inside:avoid}}
"""
