-- The medical platform's tables, NHSA-style names, written so that MariaDB and SQLite both read it.
CREATE TABLE psn_info_b (
    psn_no varchar(20), psn_cert_type varchar(4), certno varchar(40), psn_name varchar(80), gend varchar(2), naty varchar(4), brdy varchar(10), tel varchar(30),
    addr varchar(200), emp_no varchar(20), surv_stas varchar(2), admdvs varchar(6), vali_flag varchar(2), updt_time datetime
);
CREATE TABLE insu_emp_info_b (
    emp_no varchar(20), emp_name varchar(200), uscc varchar(20), emp_type varchar(4), emp_addr varchar(200), admdvs varchar(6), updt_time datetime
);
CREATE TABLE psn_insu_d (
    psn_insu_rlts_id varchar(20), psn_no varchar(20), emp_no varchar(20), insutype varchar(6), psn_insu_stas varchar(2), clct_stas varchar(2),
    psn_insu_date varchar(10), paus_insu_date varchar(10), insu_admdvs varchar(6), updt_time datetime
);
CREATE TABLE setl_d (
    setl_id varchar(20), psn_no varchar(20), insutype varchar(6), med_type varchar(6), dise_name varchar(200), fixmedins_name varchar(200), begndate varchar(10),
    enddate varchar(10), clr_ym varchar(6), medfee_sumamt decimal(12, 2), fund_pay_sumamt decimal(12, 2), setl_time datetime, setl_date varchar(10),
    insu_admdvs varchar(6), updt_time datetime
);
